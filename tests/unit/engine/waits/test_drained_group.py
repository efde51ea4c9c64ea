"""Whether a group has drained: by Spot's list, then by its target groups, then by time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine.waits.drained_group import DrainedGroup
from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.engine.waits.health_cache import DrainingInstances, HealthCache
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import ZERO, Capacity, Group, Instance, InstanceId, Target, TargetGroupArn, TargetState
from tests.support.fakes import BLUE, GREEN, OLD_ID, FakeClock, FakeGroups, group, instances, no_answer

OLD = group("web__7", OLD_ID, target_groups=(BLUE, GREEN))
ALL = instances(OLD_ID, 3)
GONE = Ready("no instances remaining", 0, 0)


@dataclass
class Draining:
    """A group whose draining time is 120 s, that was scaled down at 0 s and whose instances left Spot's list."""

    want: int = 0
    capacity: Capacity = ZERO
    listed: tuple[Instance, ...] = ()
    registered: dict[TargetGroupArn, tuple[InstanceId | None, ...]] = field(default_factory=dict)
    aws: bool = True
    error: Exception | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    read: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        live = FakeGroups({OLD_ID: replace(OLD, capacity=self.capacity)})
        self.draining = DrainingInstances(1000.0)
        self.draining.note(ALL)
        targets: Callable[[TargetGroupArn], tuple[Target, ...]] | None = self.targets if self.aws else None
        self.found = DrainedGroup(OLD, self.want, self.draining, live, self.clock, self.instances, targets)
        self.check = self.found.check
        self.live = live

    def instances(self, group: Group) -> tuple[Instance, ...]:
        self.read.append(group.id)
        if self.error is not None:
            raise self.error
        return self.listed

    def targets(self, arn: TargetGroupArn) -> tuple[Target, ...]:
        self.read.append(arn)
        return tuple(Target(ident, TargetState.DRAINING) for ident in self.registered.get(arn, ()) if ident)


def test_while_spot_lists_instances_nothing_else_is_read() -> None:
    group = Draining(listed=ALL[:2])
    assert group.check() == Waiting("2 of 3 draining")
    assert group.read == [OLD_ID]


def test_an_instance_that_spot_no_longer_lists_serves_as_long_as_it_is_registered_anywhere() -> None:
    group = Draining(registered={GREEN: (ALL[0].id,)})
    assert group.check() == Waiting("1 of 3 draining")
    assert group.read == [OLD_ID, BLUE, GREEN]
    group.registered.clear()
    assert group.check() == GONE


def test_once_spot_was_read_its_list_is_not_read_again_while_too_many_are_registered() -> None:
    group = Draining(listed=ALL, registered={BLUE: (ALL[0].id, ALL[1].id)})
    assert group.check() == Waiting("3 of 3 draining")
    group.read.clear()
    assert group.check() == Waiting("2 of 3 draining")
    assert group.read == [BLUE, GREEN]
    group.registered.clear()
    group.read.clear()
    assert group.check() == Waiting("3 of 3 draining")
    assert group.read == [BLUE, GREEN, OLD_ID]
    group.listed = ()
    assert group.check() == GONE


def test_a_list_that_was_read_before_target_groups_became_unreadable_is_read_again() -> None:
    group = Denied(listed=ALL)
    assert [group.check(), group.check()] == [Waiting("3 of 3 draining")] * 2
    assert group.read == [OLD_ID, OLD_ID]


def test_only_without_target_groups_is_it_known_when_the_last_instance_counts_as_gone() -> None:
    assert Draining().found.seconds_until_over() is None
    timed = Draining(aws=False)
    assert timed.found.seconds_until_over() == 135.0
    timed.clock.passed = 134.0
    assert timed.found.seconds_until_over() == 1.0
    timed.clock.passed = 135.0
    assert timed.found.seconds_until_over() is None
    assert Draining(aws=False, want=3).found.seconds_until_over() is None
    alone = replace(Draining().found, group=replace(OLD, target_groups=()))
    assert alone.seconds_until_over() == 135.0


def test_an_instance_that_appears_while_it_drains_has_to_leave_as_well() -> None:
    late = Instance(InstanceId("i-late"), ALL[0].state)
    group = Draining(listed=(late,), registered={BLUE: (late.id,)})
    assert group.check() == Waiting("1 of 4 draining")
    group.listed = ()
    assert group.check() == Waiting("1 of 4 draining")


def test_a_phase_keeps_the_instances_that_it_wants() -> None:
    group = Draining(want=1, capacity=Capacity.fixed(1), listed=ALL[:1], registered={BLUE: (ALL[0].id, ALL[1].id)})
    assert group.check() == Waiting("1 of 2 draining")
    group.registered = {BLUE: (ALL[0].id,)}
    assert group.check() == Ready("1 of 1 instance remaining", 1, 1)


def test_without_aws_only_time_tells_that_an_unlisted_instance_has_left() -> None:
    for unreadable in (Draining(aws=False), Denied()):
        assert unreadable.check() == Waiting("3 of 3 draining")
        unreadable.clock.passed = 134.9
        assert unreadable.check() == Waiting("3 of 3 draining")
        unreadable.clock.passed = 135.0
        assert unreadable.check() == GONE


class Denied(Draining):
    """Credentials that expired meanwhile."""

    def targets(self, arn: TargetGroupArn) -> tuple[Target, ...]:
        raise CredentialError(f"expired, so {arn} cannot be read")


def test_after_its_time_what_is_still_registered_does_not_count_and_what_is_listed_does() -> None:
    group = Draining(registered={BLUE: (ALL[0].id,)})
    group.clock.passed = 135.0
    assert (group.check(), group.read) == (GONE, [OLD_ID])
    group.listed = ALL[:1]
    assert group.check() == Waiting("1 of 3 draining")


def test_a_group_that_something_else_scaled_out_never_drains_to_0() -> None:
    group = Draining(capacity=Capacity(1, 2, 6), listed=ALL[:2])
    assert group.check() == Waiting("2 of 3 draining")
    group.clock.passed = 135.0
    assert group.check() == Failed(
        f"Spot keeps {OLD_ID} at 1/2/6 (minimum/target/maximum) although 0 was requested; check what else scales it"
    )
    group.live.known.clear()
    assert group.check() == Waiting("2 of 3 draining")
    group.listed = ()
    group.live.known[OLD_ID] = replace(OLD, capacity=Capacity(1, 2, 6))
    assert group.check() == GONE


@pytest.mark.parametrize(
    ("target", "verdict"), [(1, Waiting("1 of 2 draining")), (2, Ready("the group's target is now 2", 1, 1))]
)
def test_a_phase_that_a_policy_scaled_out_again_is_done(target: int, verdict: object) -> None:
    group = Draining(want=1, capacity=Capacity(1, target, 6), listed=ALL[:2])
    group.clock.passed = 135.0
    assert group.check() == verdict


@pytest.mark.parametrize("want", [0, 1])
def test_a_capacity_that_is_read_soon_after_scaling_down_may_be_the_one_before(want: int) -> None:
    group = Draining(want=want, capacity=Capacity(1, 2, 6), listed=ALL[:2])
    group.found = replace(group.found, group=replace(OLD, draining=20.0))
    group.clock.passed = 85.0
    assert isinstance(group.found.check(), Waiting)
    group.clock.passed = 95.0
    assert not isinstance(group.found.check(), Waiting)


def test_a_group_that_does_not_exist_has_drained() -> None:
    group = Draining(error=no_answer("gone", code="GROUP_DOESNT_EXIST", retryable=False))
    assert group.check() == Ready("the group does not exist")
    group.error = no_answer("Throttled")
    with pytest.raises(ApiError) as caught:
        group.check()
    assert caught.value is group.error


def test_requests_without_an_instance_are_not_noted_as_draining() -> None:
    noted = DrainingInstances(0.0)
    noted.note((*ALL[:1], Instance(None, ALL[0].state)))
    assert noted.instances == {ALL[0].id: ALL[0]}
    assert HealthCache() == HealthCache({}, {}, {}, {})
