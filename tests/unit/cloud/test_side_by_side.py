"""Calls that a run can do without: sent at the same time, each once, and none of them waited for too long."""

import threading
from datetime import UTC, datetime

import pytest

from spotaction.cloud.aws.calls import AwsCalls
from spotaction.cloud.aws.capacity import Ec2Capacity
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import RetryPolicy
from spotaction.model.errors import ApiError, CancelledError
from spotaction.model.preflight import CapacityQuery
from tests.support.aws_adapter import Refusal, ScriptedAws, quiet

NEVER = 30.0  # seconds after which a test that hangs fails


class SteppingClock:
    """A clock that every look at it advances."""

    def __init__(self, step: float) -> None:
        self._now, self._step = 0.0, step

    def now(self) -> float:
        self._now += self._step
        return self._now

    def time(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"slept for {seconds}")


def calls(step: float = 0.0, interrupt: Cancellation | None = None) -> tuple[AwsCalls, list[tuple[str, int | None]]]:
    seen: list[tuple[str, int | None]] = []

    def note(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001
        assert (method, mutation, seconds >= 0) == ("POST", False, True)
        seen.append((template, status))

    return AwsCalls(RetryPolicy(SteppingClock(step)), interrupt or Cancellation(), note), seen


def fail() -> None:
    raise KeyError("Quota")


def test_they_run_at_the_same_time_and_one_that_fails_takes_nothing_from_the_others() -> None:
    both = threading.Barrier(2, timeout=NEVER)  # passes only if both are under way at once
    sender, seen = calls()
    first, second, third = sender.send_at_once(
        [("a:One", both.wait), ("a:Two", both.wait), ("a:Three", fail)], in_turn=False
    )
    assert (first, second) == (None, None)
    assert isinstance(third, ApiError)
    assert third.message == "No response from AWS for a:Three (KeyError)."
    assert seen == [("a:One", 200), ("a:Two", 200), ("a:Three", None)]


def test_one_that_never_answers_is_left_to_itself() -> None:
    hangs = threading.Event()
    sender, seen = calls(step=10.0)
    try:
        (error,) = sender.send_at_once([("a:One", lambda: hangs.wait(NEVER))], in_turn=False)
    finally:
        hangs.set()
    assert isinstance(error, ApiError)
    assert error.message == "No response from AWS for a:One (TimeoutError)."
    assert seen == [("a:One", None)]


@pytest.mark.parametrize("in_turn", [True, False])
def test_a_cancel_meanwhile_ends_the_run(in_turn: bool) -> None:  # noqa: FBT001
    interrupt = Cancellation()
    sender, _ = calls(interrupt=interrupt)
    with pytest.raises(CancelledError):
        sender.send_at_once([("a:One", lambda: interrupt.request_cancel("SIGTERM"))], in_turn=in_turn)


def test_what_is_too_much_to_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    cloud = ScriptedAws("ec2", "elbv2", in_turn=True)
    cloud.will("DescribeInstanceTypes", {"InstanceTypes": []})
    cloud.will("DescribeTargetGroupAttributes", *[{"Attributes": []}] * 4)
    types = tuple(f"m5.{number}" for number in range(101))
    found = Ec2Capacity(cloud.aws).read(CapacityQuery(types, 0, target_groups=tuple("abcdef")))
    assert found.unread == {
        "instance types": "only 100 of 101 are read",
        "deregistration delays": "only 4 of 6 target groups are read",
    }
    assert len(cloud.sent) == 5
    assert len(cloud.sent[0][1]["InstanceTypes"]) == 100


def test_a_target_group_that_does_not_exist_is_missing_and_not_only_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    cloud = ScriptedAws("elbv2", in_turn=True)
    cloud.will("DescribeTargetGroupAttributes", {"Attributes": []}, Refusal("TargetGroupNotFound"))
    found = Ec2Capacity(cloud.aws).read(CapacityQuery(target_groups=("a", "b")))
    assert found.missing == ("b",)
    cloud.will("DescribeTargetGroupAttributes", Refusal("AccessDenied"))
    assert Ec2Capacity(cloud.aws).read(CapacityQuery(target_groups=("a",))).missing == ()
