from dataclasses import replace

import pytest

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_steady
from spotaction.engine.waits.held_capacity import HeldCapacity
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Capacity
from tests.support.fakes import NEW_ID, RANGE, FakeClock, FakeGroups, group, instances

GROUP = group("web__8", NEW_ID)


class Held:
    """A group that was scaled to 2/3/6 just now; `holds` is what Spot says, `up` how many instances are healthy."""

    def __init__(self, holds: Capacity | None, up: int, *, confirm: bool = True) -> None:
        self.clock = FakeClock()
        self.groups = FakeGroups({} if holds is None else {NEW_ID: replace(GROUP, capacity=holds)})
        self.up = up
        self.held = HeldCapacity(GROUP, 3, self.groups, self.clock, since=self.clock.now(), confirm=confirm)

    def judge(self) -> Verdict:
        return self.held.judge(GroupHealth(GROUP, instances(NEW_ID, self.up), {}), is_steady)


def test_a_group_that_holds_what_was_asked_for_is_steady() -> None:
    assert Held(RANGE, 3).judge() == Ready("3 of 3 healthy", 3, 3)


def test_more_than_was_asked_for_is_fine() -> None:
    assert Held(Capacity(3, 5, 9), 5).judge() == Ready("5 of 3 healthy", 5, 3)


def test_a_read_that_lags_is_waited_for() -> None:
    held = Held(Capacity.fixed(0), 3)
    reason = "Spot still reports 0/0/0 (minimum/target/maximum); 2/3/6 was requested"
    assert held.judge() == Waiting(reason, 3, 3, 3)
    held.groups.known[NEW_ID] = GROUP
    assert held.judge() == Ready("3 of 3 healthy", 3, 3)


@pytest.mark.parametrize("up", [3, 2])
def test_a_capacity_that_stays_another_one_is_a_failure(up: int) -> None:
    held = Held(Capacity(2, 2, 2), up)
    assert isinstance(held.judge(), Waiting)
    held.clock.sleep(LIST_LAG)
    verdict = held.judge()
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith(
        f"Spot keeps {NEW_ID} at 2/2/2 (minimum/target/maximum) although 2/3/6 was requested"
    )


def test_a_target_that_a_policy_lowered_is_the_one_that_counts_once_no_read_can_be_an_old_one() -> None:
    held = Held(Capacity(2, 2, 6), 2)
    assert held.judge() == Waiting("1 not listed by Spot yet", 2, 3, 2)
    held.clock.sleep(LIST_LAG)
    assert held.judge() == Ready("2 of 2 healthy; its target is now 2, not 3", 2, 2)


def test_it_is_never_fewer_than_the_minimum_that_was_asked_for() -> None:
    held = Held(Capacity(1, 1, 6), 1)
    held.clock.sleep(LIST_LAG)
    assert isinstance(held.judge(), Failed)


def test_what_was_not_written_just_now_is_believed_at_once() -> None:
    held = Held(Capacity(2, 2, 6), 2, confirm=False)
    held.held.since = -LIST_LAG
    assert held.judge() == Ready("2 of 2 healthy; its target is now 2, not 3", 2, 2)


def test_a_group_that_is_gone_is_a_failure() -> None:
    assert Held(None, 3).judge() == Failed(f"{NEW_ID} was deleted outside this deployment")
