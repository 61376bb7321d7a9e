"""From a posted panel to edits of the draft: only what was changed, each entry on its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.accounts.models import User
from procedures.definitions import editing
from procedures.definitions.models import ProcedureVersion
from procedures.studio import places
from procedures.studio.panels import Clash, Panel, raw_of


class Gone(Exception):
    """What the panel edits is no longer there: somebody removed, renamed or moved it."""


@dataclass
class Outcome:
    """`draft` as it is now; `place`: where the panel's item stands by now; `saved`: paths written; `merged`:
    whether others changed what the page does not show yet."""

    draft: ProcedureVersion
    place: str
    saved: list[str] = field(default_factory=list)
    merged: bool = False


def save(
    panel: Panel,
    *,
    by: User,
    at: datetime,
    insist: tuple[str, int] = ("", 0),
    yields: str = "",
) -> Outcome:
    """Write what the person changed since the page showed it (`panel` is bound).

    `insist`: a path written although somebody else changed it, and the revision at which the person saw
    that. `yields`: a path that is left as it now stands. What clashes is put into `panel.clashes` and
    not written. Raises Gone.
    """
    if panel.is_gone:
        raise Gone(panel.place)
    mine, seen, now = panel.mine(), panel.seen(), panel.now()
    # The path of a panel over one bare value is "", which else says that nothing is meant.
    theirs, insisted = yields or None, insist[0] if insist[1] else None
    outcome = Outcome(panel.draft, panel.place, merged=theirs is not None or insisted is not None)
    for path, value in mine.items():
        if path == theirs or (path in seen and seen[path] == value and path != insisted):
            outcome.merged |= now.get(path) != value
        elif path not in now or now[path] != value:
            known = insist[1] if path == insisted else panel.revision
            _write(panel, outcome, path, value, known, by=by, at=at)
    return outcome


def _write(
    panel: Panel, outcome: Outcome, path: str, value: Any, revision: int, *, by: User, at: datetime
) -> None:
    place = places.below(panel.place, path)
    draft = outcome.draft
    try:
        if value is not None and _is_blocked(draft.definition, place):
            place, value = places.parent(place), {place.rpartition(".")[2]: value}
        outcome.draft = editing.set_value(draft, place, value, revision=revision, by=by, at=at)
    except editing.Conflict as conflict:
        panel.clashes[panel.name_of(path)] = _clash(panel, path, conflict)
    except editing.Refused as refused:
        panel.add_error(panel.name_of(path), str(refused))
    except (editing.NoSuchPlace, editing.NotADraft) as error:
        raise Gone(place) from error
    else:
        outcome.saved.append(path)
        if places.find(outcome.draft.definition, outcome.place) is None:  # it has another name now
            outcome.place = places.renamed(panel.place, str(value))


def _clash(panel: Panel, path: str, conflict: editing.Conflict) -> Clash:
    name = panel.name_of(path)
    fresh = type(panel)(ProcedureVersion.objects.get(pk=panel.draft.pk), panel.place)
    shown = fresh.fields[name].prepare_value(fresh.initial.get(name)) if name in fresh.fields else ""
    who = conflict.by.full_name if conflict.by else ""
    return Clash(path, ", ".join(raw_of(shown)), who, conflict.at, fresh.draft.revision)


def _is_blocked(definition: Any, place: str) -> bool:
    """Whether a damaged draft holds something else where the entry's mapping should be."""
    around = places.find(definition, places.parent(place))
    return around is not None and not isinstance(around, dict | list)
