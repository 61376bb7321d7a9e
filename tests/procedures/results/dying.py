"""A worker that kills itself at one point of issuing: `python -m tests.procedures.results.dying POINT RESULT_ID`.

The faults are put into the verbs from here; the product knows nothing of them.
"""

import os
import signal
import sys
from unittest import mock

# point → module and function, and whether it dies before ("<") or after (">") the call; "leader": of that field.
POINTS = {
    "claimed": ("issuing._require_keys", "<"),
    "number allotted, not committed": ("numbers.allot", ">"),
    "numbered": ("issuing._number", ">"),
    "drawn": ("issuing._draw", ">"),
    "signed by the leader": ("signing.sign", "leader"),
    "sealed": ("signing.sign", "seal"),
    "stored": ("issuing._store", ">"),
    "registered": ("issuing._register", ">"),
    "moved": ("dossiers.issued", ">"),
    "all but committed": ("dossiers.returned", ">"),
    "committed": ("issuing._finish", ">"),
}


def dies(real, when):
    def call(*args, **told):
        if when == "<":
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*args, **told)
        if when in (">", told.get("field")):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return call


def main(point, result_id):
    import django  # noqa: PLC0415 - the environment comes from the test

    django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from portal.documents import signing  # noqa: PLC0415
    from procedures.dossiers import dossiers  # noqa: PLC0415
    from procedures.results import issuing, numbers  # noqa: PLC0415

    rooms = {"issuing": issuing, "numbers": numbers, "signing": signing, "dossiers": dossiers}
    place, when = POINTS[point]
    room, name = place.split(".")
    with mock.patch.object(rooms[room], name, dies(getattr(rooms[room], name), when)):
        issuing.work(int(result_id), at=timezone.now())


if __name__ == "__main__":
    main(*sys.argv[1:])
