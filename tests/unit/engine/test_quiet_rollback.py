"""Which rollbacks of steps are told: those of steps that had begun, and those in which something happens."""

import pytest

from spotaction.engine.quiet_rollback import QuietRollback
from spotaction.model.events import Event, ManualActionNeeded, Note, StepFinished, StepStarted, WaitFinished

STEADY = WaitFinished("web__7 steady", "3 of 3 healthy", 0.0, 1)


def undone(step: str, *inside: Event, error: str = "") -> list[Event]:
    return [StepStarted(step, rolling_back=True), *inside, StepFinished(step, 0.0, error, rolling_back=True)]


def told(*events: Event, begun: str = "") -> list[Event]:
    found: list[Event] = []
    sink = QuietRollback(found.append, set(begun.split()))
    for event in events:
        sink(event)
    return found


def test_a_step_that_had_not_begun_and_has_nothing_to_undo_is_not_told_of() -> None:
    assert told(Note("Rolling back."), *undone("b", STEADY), *undone("a", STEADY)) == [Note("Rolling back.")]


def test_a_step_that_had_begun_is_told_of_whatever_it_does() -> None:
    assert told(*undone("b", STEADY), *undone("a"), begun="a") == undone("a")


def test_what_begins_meanwhile_counts_as_begun() -> None:
    begun: list[Event] = [StepStarted("a"), StepFinished("a", 1.0, "no")]
    assert told(*begun, *undone("b"), *undone("a")) == [*begun, *undone("a")]


@pytest.mark.parametrize(
    "inside",
    [
        Note("something changed"),
        ManualActionNeeded("a was not rolled back", "no"),
        WaitFinished("a", "late", 9.0, 2, failed=True),
    ],
    ids=lambda event: type(event).__name__,
)
def test_as_soon_as_something_happens_all_of_it_is_told_in_its_order(inside: Event) -> None:
    events = undone("a", STEADY, inside, STEADY)
    assert told(*events) == events


def test_a_rollback_that_fails_is_told_of() -> None:
    events = undone("a", STEADY, error="no")
    assert told(*events) == events
