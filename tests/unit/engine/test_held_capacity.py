from dataclasses import replace

import pytest

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_steady
from spotaction.engine.waits.held_capacity import HeldCapacity
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Capacity, Instance, InstanceId, InstanceState
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
    assert held.judge() == Failed(
        f"Spot keeps {NEW_ID} at 2/2/2 (minimum/target/maximum) although 2/3/6 was requested; check the account's "
        "limits and what else scales the group"
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


def test_a_group_that_is_healthy_and_was_not_written_is_not_read() -> None:
    held = Held(Capacity(2, 2, 6), 3, confirm=False)
    assert held.judge() == Ready("3 of 3 healthy", 3, 3)
    assert held.held.read_at is None


def test_what_was_not_written_just_now_is_believed_at_once() -> None:
    held = Held(Capacity(2, 2, 6), 2, confirm=False)
    held.held.since = -LIST_LAG
    assert held.judge() == Ready("2 of 2 healthy; its target is now 2, not 3", 2, 2)


def test_a_group_that_lists_enough_instances_is_not_read_whatever_their_health_nor_again_within_half_a_minute() -> None:
    held = Held(Capacity(2, 2, 6), 3, confirm=False)
    held.clock.sleep(LIST_LAG)
    sick = GroupHealth(GROUP, instances(NEW_ID, 3, InstanceState.UNHEALTHY), {})
    assert isinstance(held.held.judge(sick, is_steady), Waiting)
    assert (held.held.read_at, held.held.held) == (None, None)

    held.groups.known[NEW_ID] = GROUP
    held.up = 2
    for seconds, read_at in ((0.0, 1090.0), (29.9, 1090.0), (30.0, 1120.0)):
        held.clock.passed = LIST_LAG + seconds
        assert held.judge() == Waiting("1 not listed by Spot yet", 2, 3, 2)
        assert held.held.read_at == read_at


def test_a_group_whose_unit_is_weight_is_read_when_weight_is_missing() -> None:
    heavy = group("web__8", NEW_ID, unit="weight", weights={"m5.large": 2})
    clock = FakeClock()
    held = HeldCapacity(heavy, 3, FakeGroups({NEW_ID: replace(heavy, capacity=Capacity(2, 2, 6))}), clock)
    one = Instance(InstanceId("i-1"), InstanceState.HEALTHY, instance_type="m5.large")
    sick = replace(one, state=InstanceState.UNHEALTHY)
    assert held.judge(GroupHealth(heavy, (sick, sick), {}), is_steady).ready == 0
    assert held.read_at is None
    assert held.judge(GroupHealth(heavy, (one,), {}), is_steady) == Ready(
        "2 of 2 healthy; its target is now 2, not 3", 2, 2
    )


def test_a_capacity_that_this_wait_did_not_request_may_be_another_one() -> None:
    held = Held(Capacity(2, 2, 2), 1, confirm=False)
    held.clock.sleep(LIST_LAG)
    assert held.judge() == Waiting("2 not listed by Spot yet", 1, 3, 1)


def test_a_group_that_is_gone_is_a_failure() -> None:
    assert Held(None, 3).judge() == Failed(f"{NEW_ID} was deleted outside this deployment")
