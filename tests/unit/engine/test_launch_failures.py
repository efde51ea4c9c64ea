"""A launch that does not go on is explained by what Spot knows, once a while has passed and with few calls."""

from datetime import timedelta

import pytest

from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.launch_failures import LaunchWatch, describe_causes
from spotaction.model.errors import CredentialError
from spotaction.model.resources import GroupId, Instance, InstanceId, InstanceState, LogLine
from tests.support.fakes import OLD_ID, RANGE, START, FakeClock, FakeGroups, group, no_answer

SHORT = Waiting("2 not listed by Spot yet", ready=1, of=3, launched=1)
CAPACITY = (
    "AWS has insufficient capacity (InsufficientInstanceCapacity): add instance types or availability zones to the "
    "Elastigroup config, or set strategy.fallbackToOd: true"
)


class Counting(FakeGroups):
    """Counts what is asked for the explanation alone."""

    asked = 0

    def log(self, *given: object) -> tuple[LogLine, ...]:
        self.asked += 1
        return super().log(*given)  # type: ignore[arg-type]


def stuck(*messages: str, requests: tuple[str, ...] = ()) -> tuple[LaunchWatch, Counting, FakeClock]:
    clock = FakeClock()
    logs = {OLD_ID: tuple(LogLine(START, "WARN", message) for message in messages)}
    open_requests = tuple(Instance(None, InstanceState.UNKNOWN, request_status=status) for status in requests)
    groups = Counting(known={OLD_ID: group("web__7", OLD_ID, RANGE)}, logs=logs, instances_of={OLD_ID: open_requests})
    return LaunchWatch(OLD_ID, groups, clock, START - timedelta(minutes=1)), groups, clock


def reasons(launch: LaunchWatch, clock: FakeClock, *moments: tuple[float, Verdict]) -> list[str]:
    found = []
    for seconds, verdict in moments:
        clock.passed = seconds
        found.append(launch.explain(verdict).reason)
    return found


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (["Can't Spin Spot Instances: Code: InsufficientInstanceCapacity"], CAPACITY),
        (
            ["Can't Spin c5.large: Code: MaxSpotInstanceCountExceeded, Message: Max spot instance count exceeded"],
            (
                "an AWS account quota is exhausted (MaxSpotInstanceCountExceeded): raise it in Service Quotas, or "
                "request fewer or smaller instances"
            ),
        ),
        (
            ["Can't Spin On-Demand Instances: InvalidAMIID.NotFound: The image id '[ami-1]' does not exist"],
            (
                "the AMI cannot be launched (InvalidAMIID.NotFound): check that it is available in the group's region "
                "and shared with its account"
            ),
        ),
        (
            ["Can't Spin: Code: InvalidKeyPair.NotFound"],
            "AWS rejected the request (InvalidKeyPair.NotFound): correct it in the Elastigroup config",
        ),
        (
            ["Can't Spin: AMI not found"],
            (
                "the AMI cannot be launched (AMI not found): check that it is available in the group's region and "
                "shared with its account"
            ),
        ),
        (
            ["Can't Spin: (UnsupportedX)."],
            "AWS rejected the request (UnsupportedX): correct it in the Elastigroup config",
        ),
        (["The moon is full", "The moon is full"], "Spot reports: The moon is full"),
        (["one", "two", "three", "four"], "Spot reports: one; Spot reports: two; Spot reports: three"),
        (
            ["Can't Spin: Code: InvalidKeyPair.NotFound", "Can't Spin: Code: InsufficientInstanceCapacity"],
            f"AWS rejected the request (InvalidKeyPair.NotFound): correct it in the Elastigroup config; {CAPACITY}",
        ),
        ([], ""),
    ],
)
def test_a_cause_is_told_with_the_way_out(messages: list[str], told: str) -> None:
    assert describe_causes(messages) == told


def test_a_cause_that_many_lines_tell_is_told_once_and_what_nobody_knows_only_where_nothing_else_is_known() -> None:
    lines = ["Instance i-1 is unhealthy", *(f"Can't Spin {kind}: InsufficientInstanceCapacity" for kind in "abc")]
    assert describe_causes(lines) == CAPACITY


def test_it_is_asked_after_the_grace_time_and_seldom() -> None:
    launch, groups, clock = stuck("Can't Spin Spot Instances: Code: InsufficientInstanceCapacity")
    told = reasons(launch, clock, *((seconds, SHORT) for seconds in (0, 89, 90, 100, 389, 390, 500)))

    assert told == [SHORT.reason] * 2 + [f"{SHORT.reason}; {CAPACITY}"] * 5
    assert groups.asked == 2


def test_a_launch_that_goes_on_is_not_asked_about() -> None:
    launch, groups, clock = stuck("Can't Spin Spot Instances: Code: InsufficientInstanceCapacity")
    more = Waiting("1 not listed by Spot yet", ready=1, of=3, launched=2)
    complete = Waiting("i-1: initial in web-blue", ready=1, of=3, launched=3)
    told = reasons(
        launch,
        clock,
        (60, SHORT),
        (120, more),
        (200, more),
        (900, complete),
        (1200, complete),
        (1201, Ready("3 of 3")),
        (1202, Failed("x")),
    )

    assert told == [SHORT.reason, more.reason, more.reason, complete.reason, complete.reason, "3 of 3", "x"]
    assert groups.asked == 0


def test_a_launch_without_any_instance_is_explained_too() -> None:
    launch, _, clock = stuck("Can't Spin Spot Instances: Code: InsufficientInstanceCapacity")
    none = Waiting("3 not listed by Spot yet", of=3)

    assert reasons(launch, clock, (89, none), (90, none)) == [none.reason, f"{none.reason}; {CAPACITY}"]


def test_open_requests_say_why_where_the_log_does_not() -> None:
    launch, _, clock = stuck(requests=("pending-evaluation", "capacity-not-available", "capacity-not-available"))
    told = CAPACITY.replace("InsufficientInstanceCapacity", "capacity-not-available")

    assert reasons(launch, clock, (0, SHORT), (90, SHORT)) == [SHORT.reason, f"{SHORT.reason}; {told}"]


def test_requests_in_a_usual_state_and_instances_explain_nothing() -> None:
    launch, groups, clock = stuck(requests=("", "pending-evaluation", "fulfilled"))
    launched = Instance(InstanceId("i-1"), InstanceState.UNKNOWN, request_status="capacity-not-available")
    groups.instances_of[OLD_ID] += (launched,)

    assert reasons(launch, clock, (0, SHORT), (90, SHORT)) == [SHORT.reason] * 2


@pytest.mark.parametrize("error", [no_answer(), CredentialError("expired")])
def test_what_does_not_answer_leaves_the_reason_as_it_is(error: Exception) -> None:
    class Mute(Counting):
        def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
            raise error if group == OLD_ID else AssertionError(group)

    clock = FakeClock()
    launch = LaunchWatch(OLD_ID, Mute(), clock, START)

    assert reasons(launch, clock, (0, SHORT), (90, SHORT)) == [SHORT.reason] * 2
