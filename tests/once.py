"""Pure work that many tests ask for again, done once a process for each content."""

import functools
import hashlib
from collections import OrderedDict

import pytest

from procedures.definitions import loading, validation

MOST = 64


def once(function, keep=lambda _found: True):
    """`function`, whose last answers to equal arguments are remembered; what it raises never is."""
    known = OrderedDict()

    @functools.wraps(function)
    def asked(*args, **kwargs):
        key = hashlib.blake2b(repr((args, sorted(kwargs.items()))).encode()).digest()
        if key in known:
            known.move_to_end(key)
            return known[key]
        found = function(*args, **kwargs)
        if keep(found):
            known[key] = found
            if len(known) > MOST:
                known.popitem(last=False)
        return found

    return asked


@pytest.fixture(autouse=True, scope="session")
def definitions_are_read_once():
    """To read and check a bundle took most of the time of the tests that publish one.

    What is read is immutable. Problems name lines of one text, so that only their absence is remembered.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load", once(loading.load))
        patch.setattr(validation, "validate", once(validation.validate, keep=lambda problems: not problems))
        yield
