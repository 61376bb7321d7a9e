"""The workflow table judged by itself: total, coherent, and the only way a dossier moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.dossiers import workflow
from procedures.dossiers.models import ENDED, PAUSED, Status
from procedures.dossiers.workflow import CITIZEN, SYSTEM, TRANSITIONS, Action, Position

ROLES = ["receiver", "handler", "leader", "clerk", CITIZEN, SYSTEM]
ACTORS = st.frozensets(st.sampled_from(ROLES))
POSITIONS = st.builds(
    Position,
    status=st.sampled_from(Status),
    stage_role=st.sampled_from(["", "handler", "leader", "clerk"]),
    missing_outcome=st.sampled_from([(), ("Số định danh",)]),
    supplement_asked=st.booleans(),
    approved=st.booleans(),
    exemption_open=st.booleans(),
)


def test_every_action_has_exactly_one_row() -> None:
    assert set(TRANSITIONS) == set(Action)


def test_every_status_but_the_first_is_reached() -> None:
    reached = {row.target for row in TRANSITIONS.values()}

    assert set(Status) - reached == set()
    assert {a for a, row in TRANSITIONS.items() if row.target == Status.NEW} == {
        Action.CONFIRM_EXEMPTION,
        Action.DENY_EXEMPTION,
    }


def test_what_has_ended_moves_no_more_except_from_done_to_returned() -> None:
    leaving = {(s, row.action) for row in TRANSITIONS.values() for s in row.sources if s in ENDED}

    assert leaving == {(Status.DONE, Action.RETURN)}


def test_each_pause_has_a_way_in_and_a_way_back() -> None:
    for status in PAUSED:
        assert [row.action for row in TRANSITIONS.values() if row.target == status]
        assert [row.action for row in TRANSITIONS.values() if row.target is None and status in row.sources]


def test_a_reason_is_asked_for_wherever_somebody_loses_something() -> None:
    asks = {row.action for row in TRANSITIONS.values() if row.needs_note}

    others = {Action.REFUSE, Action.STOP, Action.ASK_SUPPLEMENT, Action.SEND_BACK, Action.UNAPPROVE}
    assert others | {Action.DENY_EXEMPTION} == asks


@given(POSITIONS, st.sampled_from(Action), ACTORS)
def test_only_the_tables_actors_from_the_tables_states(
    position: Position, action: Action, actors: frozenset[str]
) -> None:
    row = TRANSITIONS[action]
    allowed = workflow.refusal(position, action, actors) == ""

    assert not allowed or (position.status in row.sources and bool(actors & row.who))
    assert not allowed or not row.stage_role or row.stage_role == position.stage_role


@given(POSITIONS, ACTORS)
def test_a_button_without_a_refusal_is_an_allowed_action(position: Position, actors: frozenset[str]) -> None:
    for action, refusal in workflow.offered(position, actors).items():
        assert refusal == workflow.refusal(position, action, actors)


@pytest.mark.parametrize(
    ("action", "position"),
    [
        (Action.FORWARD, Position(Status.PROCESSING, "handler", missing_outcome=("Số định danh",))),
        (Action.ASK_SUPPLEMENT, Position(Status.PROCESSING, "handler", supplement_asked=True)),
        (Action.WITHDRAW, Position(Status.PROCESSING, "clerk", approved=True)),
        (Action.STOP, Position(Status.PROCESSING, "clerk", approved=True)),
    ],
)
def test_guard_refuses_with_a_sentence(action: Action, position: Position) -> None:
    assert workflow.refusal(position, action, TRANSITIONS[action].who).endswith(".")


def test_the_diagram_names_every_action_and_every_status() -> None:
    drawn = workflow.diagram()

    assert all(f": {action.value} (" in drawn for action in Action)
    assert all(status.name in drawn for status in Status)
