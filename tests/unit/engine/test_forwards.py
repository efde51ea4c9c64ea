"""Forwards compared, and rules read until they show what this process wrote."""

from dataclasses import dataclass, replace

import pytest

from spotaction.engine.forwards import (
    externally_modified_error,
    identical,
    named_target_groups,
    read_settled,
    same_shares,
)
from spotaction.engine.own_writes import RuleWrite
from spotaction.model.events import WaitFinished, WaitProgress
from spotaction.model.resources import Forward, Route, Weighted
from tests.support.fakes import BLUE, GREEN, THIRD, Scene, route, scene

TO_BLUE, TO_GREEN = Forward.to_one(BLUE), Forward.to_one(GREEN)
MIXED = route((BLUE, 1), (GREEN, 0)).forward


@pytest.mark.parametrize(
    ("other", "shares", "same"),
    [
        (MIXED, True, True),
        (replace(MIXED, targets=(Weighted(BLUE, 7), Weighted(GREEN, 0))), True, True),
        (replace(MIXED, targets=MIXED.targets[::-1]), True, True),
        (TO_BLUE, True, False),
        (route((BLUE, 1), (THIRD, 0)).forward, True, False),
        (route((BLUE, 99), (GREEN, 1)).forward, False, False),
        (TO_GREEN, False, False),
        (replace(MIXED, sticky_seconds=60), False, False),
    ],
)
def test_forwards_are_the_same_by_their_shares_and_by_what_they_name(
    other: Forward, *, shares: bool, same: bool
) -> None:
    assert (same_shares(MIXED, other), same_shares(other, MIXED)) == (shares, shares)
    assert (identical(MIXED, other), identical(other, MIXED)) == (same, same)


def test_a_forward_names_target_groups_without_a_share_too() -> None:
    assert named_target_groups(MIXED) == {BLUE, GREEN}


@dataclass
class _Reads:
    """Rules that read as before until `seconds` have passed."""

    stage: Scene
    seconds: float
    now: Route
    reads: int = 0

    def __call__(self) -> tuple[Route, ...]:
        self.reads += 1
        late = self.stage.clock.passed < self.seconds
        return (replace(self.now, forward=TO_BLUE) if late else self.now, route((THIRD, 1), name="other"))


def settled(seconds: float, *, written: Forward | None = TO_GREEN, ago: float = 0.0) -> tuple[Forward, int, float]:
    """What is read in the end, with how many reads, and after how many seconds."""
    stage = scene()
    context = stage.world()
    if written is not None:
        context.written.rules[route((BLUE, 1)).rule] = RuleWrite(written, stage.clock.now() - ago)
    reads = _Reads(stage, seconds, route((GREEN, 1)))
    found = read_settled(context, reads)
    return found[0].forward, reads.reads, stage.clock.passed


def test_a_rule_that_reads_as_written_or_was_not_written_here_is_read_once() -> None:
    assert settled(0.0) == (TO_GREEN, 1, 0.0)
    assert settled(9.0, written=None) == (TO_BLUE, 1, 0.0)


def test_a_read_that_lags_is_repeated_until_it_shows_what_was_written() -> None:
    forward, reads, seconds = settled(9.0)
    assert (forward, reads > 2) == (TO_GREEN, True)
    assert 9.0 <= seconds < 15.0


def test_no_rules_are_read_once() -> None:
    reads: list[float] = []
    stage = scene()

    def read() -> tuple[Route, ...]:
        reads.append(stage.clock.passed)
        return ()

    assert (read_settled(stage.world(), read), reads) == ((), [0.0])


def test_ninety_seconds_after_the_write_a_rule_is_as_it_reads() -> None:
    forward, _, seconds = settled(1000.0)
    assert (forward, seconds) == (TO_BLUE, 90.0)
    forward, _, seconds = settled(1000.0, ago=60.0)
    assert (forward, seconds) == (TO_BLUE, 30.0)
    forward, _, seconds = settled(1000.0, ago=89.5)
    assert (forward, seconds) == (TO_BLUE, 0.5)
    assert settled(1000.0, ago=90.0) == (TO_BLUE, 1, 0.0)


def test_a_rule_is_not_read_back_past_the_end_of_the_deployment() -> None:
    stage = scene()
    context = stage.world()
    context.call_budget.until = stage.clock.now() + 10.0
    context.written.rules[route((BLUE, 1)).rule] = RuleWrite(TO_GREEN, stage.clock.now())
    assert read_settled(context, lambda: (route((BLUE, 1)),)) == (route((BLUE, 1)),)
    assert stage.clock.passed == 10.0


def test_the_log_says_which_rule_still_reads_otherwise_every_second_until_reads_must_show_it() -> None:
    stage = scene()
    context = stage.world()
    context.written.rules[route((BLUE, 1)).rule] = RuleWrite(TO_GREEN, stage.clock.now() - 30.0)
    until: list[float] = []

    def read() -> tuple[Route, ...]:
        until.append(context.call_budget.until)
        return (route((THIRD, 1), name="other"), route((BLUE, 1)))

    assert read_settled(context, read) == (route((THIRD, 1), name="other"), route((BLUE, 1)))
    assert stage.clock.sleeps == [1.0] * 60
    assert stage.events[0] == WaitProgress(
        "rules read-back", "web-alb:443 still reads as web-blue 100%", 0, 1, 1.0, 59.0
    )
    assert set(until[1:]) == {1060.0}


def test_rules_that_show_the_write_end_the_read_back() -> None:
    stage = scene()
    context = stage.world()
    context.written.rules[route((BLUE, 1)).rule] = RuleWrite(TO_GREEN, stage.clock.now())
    read_settled(context, _Reads(stage, 2.0, route((GREEN, 1))))
    assert stage.events[-1] == WaitFinished("rules read-back", "as written", 2.0, 2)


def test_a_rule_that_others_write_is_an_error_that_names_it_and_how_it_forwards() -> None:
    error = externally_modified_error(route((BLUE, 1)), "it forwards to web-third 100%")
    assert (error.message, error.next_step) == (
        "web-alb:443 rule c1 was modified outside this deployment: it forwards to web-third 100%.",
        "find out what modifies this rule (another pipeline, Terraform, a person), then run again.",
    )


def test_shares_are_compared_up_to_rounding() -> None:
    thirds, scaled = route((BLUE, 1), (GREEN, 2)).forward, route((BLUE, 333), (GREEN, 666)).forward
    assert same_shares(thirds, scaled)
    assert not same_shares(thirds, route((BLUE, 334), (GREEN, 666)).forward)
