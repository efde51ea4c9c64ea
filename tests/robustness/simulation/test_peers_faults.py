"""Eleven faults that other deploy tools have, or had, each as a case that this one must pass."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from spotaction.sandbox.action_transport import ActionClock
from tests.support.action import NEW, QUICK, Result, Stand, stand

GREEN, BLUE = {"web-green": 1}, {"web-blue": 1}
LOOK = "GET /aws/ec2/group/{id}/instanceHealthiness"
CAPACITY = "PUT /aws/ec2/group/{id}/capacity"
NEVER = {**QUICK, "behaviours": [{"image": NEW, "boots": False}]}
TAKEN = {"name": "web_prod__8"}  # the new group's name, on a group that is healthy
IMPATIENT = {"steady-state-timeout": "5m"}


def elapsed(box: Stand) -> float:
    """Simulated seconds since the sandbox began."""
    seconds: float = box.sandbox.state()["time"]["elapsed"]
    return seconds


def calls(result: Result, name: str) -> list[float]:
    return [call["time"] for call in result.calls if call["call"] == name]


def test_1_a_wait_that_can_only_fail_ends_at_once_and_says_why(tmp_path: Path) -> None:
    """terraform-provider-spotinst looks at a roll's progress, never at its status, until time is over."""
    with stand("blue-green", tmp_path, NEVER) as box:
        new = str(box.sandbox._world.new_group_id())
        box.sandbox.add_fault({"at": 30, "action": "delete-group", "group": new})
        result = box.run(IMPATIENT)

        assert result.outputs["status"] == "rolled-back"
        assert f"{new} was deleted outside this deployment" in result.summary
        assert elapsed(box) < 90


@pytest.mark.parametrize("at", [5.0, 20.0])
def test_2_a_cancel_ends_a_wait_at_once(tmp_path: Path, at: float) -> None:
    """terraform-provider-spotinst waits on a context that nobody cancels."""
    with stand("blue-green", tmp_path, NEVER) as box:
        interrupt = Cancellation(now=box.clock.now)
        result = box.run(IMPATIENT, clock=Cancelling(box, interrupt, at), interrupt=interrupt)

        assert (result.code, result.outputs["status"]) == (130, "cancelled")
        assert elapsed(box) < at + 1
        assert calls(result, LOOK)[-1] <= at


class Cancelling(ActionClock):
    """A clock whose sleep ends when the signal comes."""

    def __init__(self, box: Stand, interrupt: Cancellation, at: float) -> None:
        super().__init__(box.clock)
        self._interrupt = interrupt
        self._at = self.now() + at

    def sleep(self, seconds: float) -> None:
        self._interrupt.raise_if_cancelled()
        if self.now() + seconds >= self._at and not self._interrupt.signal_name:
            super().sleep(self._at - self.now())
            self._interrupt.request_cancel("SIGTERM")
        else:
            super().sleep(seconds)
        self._interrupt.raise_if_cancelled()


@pytest.mark.parametrize("strategy", ["basic", "canary", "blue-green", "shift"])
def test_3_success_is_said_when_the_new_instances_serve_and_not_when_they_are_asked_for(
    tmp_path: Path, strategy: str
) -> None:
    """terraform says that an apply is done when the roll or refresh begins."""
    with stand(strategy, tmp_path, QUICK) as box:
        result = box.run()

        assert (result.code, result.outputs["status"]) == (0, "deployed")
        serving = {target["arn"] for target in box.production["target-groups"] if target["weight"]}
        new = next(group for group in box.alive() if group["id"] == result.outputs["elastigroup-id"])
        healthy = [instance for instance in new["instances"] if instance["health"] == "HEALTHY"]
        assert {instance["image"] for instance in healthy} == {NEW}
        assert (len(healthy), box.production["healthy-now"]) == (3, 3)
        assert serving <= set(new["target-groups"])


def test_4_it_waits_for_its_own_group_and_for_no_other_of_that_name(tmp_path: Path) -> None:
    """asiaq takes the newest deployment for its own, and returns normally when it went badly."""
    with stand("basic", tmp_path, NEVER) as box:
        box.sandbox.add_fault({"at": 8, "action": "change-group", "group": "web_prod__7", "changes": TAKEN})
        result = box.run(IMPATIENT)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")


@pytest.mark.parametrize("strategy", ["basic", "canary", "blue-green", "shift"])
def test_5_a_release_that_never_gets_healthy_fails_in_time(tmp_path: Path, strategy: str) -> None:
    """senza prints that it failed and goes on, without any limit."""
    with stand(strategy, tmp_path, NEVER) as box:
        before = box.picture()
        result = box.run(IMPATIENT)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert "Timed out after 5m 00s" in result.summary
        assert box.picture() == before


def test_6_a_create_that_is_refused_ends_in_the_reason_and_not_in_a_crash(tmp_path: Path) -> None:
    """clouddriver swallows the exception and then reads the group that there is not."""
    with stand("basic", tmp_path, QUICK) as box:
        refusal = {"effect": "status", "status": 400, "code": "INVALID_SUBNET", "message": "subnet-1 does not exist"}
        box.sandbox.add_fault({"match": {"call": "POST /aws/ec2/group"}, **refusal})
        result = box.run()

        assert result.code != 0
        assert "subnet-1 does not exist" in result.summary
        assert "Internal error" not in result.log


def test_7_a_wall_clock_that_jumps_moves_no_deadline_and_a_rollback_is_no_success(tmp_path: Path) -> None:
    """fabfuel measures its time-out on the wall clock, and calls what the circuit breaker rolled back a success."""
    with stand("blue-green", tmp_path, NEVER) as box:
        result = box.run(IMPATIENT, clock=Jumpy(box.clock))

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        up, down = calls(result, CAPACITY)
        assert 299 <= down - up <= 305


class Jumpy(ActionClock):
    """A clock whose wall time falls back by an hour every minute; `now` only goes forward."""

    def time(self) -> datetime:
        """The wall time, as a bad NTP server sets it."""
        return datetime.fromtimestamp(self.now(), UTC) - timedelta(hours=int(self.now() // 60) % 2)


def test_8_slow_answers_make_no_time_out_longer(tmp_path: Path) -> None:
    """sil counts its sleeps instead of the time, so that slow answers stretch the limit."""
    with stand("blue-green", tmp_path, {**NEVER, "latency": 4}) as box:
        result = box.run(IMPATIENT)

        up, down = calls(result, CAPACITY)
        assert result.outputs["status"] == "rolled-back"
        assert down - up <= 350  # the last look, and those of the safety rules: the health of groups, and every rule


def test_9_a_rollback_by_somebody_else_is_seen(tmp_path: Path) -> None:
    """The action of AWS did not notice for five years that its deployment had been rolled back."""
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        back = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"}
        box.sandbox.add_fault({"at": 100, **back})
        result = box.run(bake_time="1m")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert box.picture() == before


def test_10_what_the_reference_does_silently_is_done_aloud(tmp_path: Path) -> None:
    """Harness asks Spot alone for health, rewrites capacities without a word, and swallows deletes that fail."""
    never = {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}
    with stand("blue-green", tmp_path, never) as box:
        assert box.run(instances="min=5,max=3,desired=4").outputs["status"] == "invalid"
        delete = {"match": {"call": "DELETE /aws/ec2/group/{id}"}, "effect": "status", "status": 400}
        box.sandbox.add_fault({**delete, "code": "LOCKED", "message": "the group is locked"})
        result = box.run(IMPATIENT)

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete")
        assert "the group is locked" in result.summary
        assert box.forwards["web-alb:443/10"] == BLUE


def test_11_the_weights_are_looked_at_once_more_in_the_end(tmp_path: Path) -> None:
    """argo-rollouts finished while the load balancer still sent everything to the old version."""
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        back = [{"target-group": "web-blue", "weight": 100}, {"target-group": "web-green", "weight": 0}]
        box.sandbox.add_fault({"at": 120, "action": "change-rule", "rule": "web-alb:443/10", "forward": back})
        result = box.run(traffic_weights="100 for 2m", downsize_old="never")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert box.picture() == before
