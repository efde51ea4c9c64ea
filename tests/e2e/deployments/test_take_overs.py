"""Several runs that take over one deployment at the same time: no more than one of them goes past the gate."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.model.ports import TAKE_OVER_TIME, TAKE_OVER_WAIT
from spotaction.sandbox import JumpingClock
from tests.e2e.deployments.interleaving import Start, TurnClock, run_together
from tests.support.action import JSON, LONG_DRAIN, QUICK, stand

CAPACITY, UPDATE = "PUT /aws/ec2/group/{id}/capacity", "PUT /aws/ec2/group/{id}"
INPUTS: Mapping[str, str] = {"downsize-old": "after 0s"}
GOOD = {"deployed", "rolled-back"}


def lagging(late: float) -> JSON:
    return {**QUICK, "latency": 0.1, "lag": {"created-in-list": late, "spot-list": late, "spot-get": late}}


@pytest.mark.sampled
@pytest.mark.parametrize("apart", [0.0, 0.05, 5.0, 40.0, 65.0, 75.0])
@pytest.mark.parametrize(
    "operations",
    [("continue", "continue"), ("rollback", "rollback"), ("continue", "rollback"), ("rollback", "continue")],
    ids="-".join,
)
def test_of_two_runs_that_take_over_at_once_no_two_continue(
    tmp_path: Path, operations: tuple[str, str], apart: float
) -> None:
    """Each may read the mark as it was before the other one wrote its own."""
    with stand("blue-green", tmp_path, lagging(70), clock=TurnClock(), drain=LONG_DRAIN) as box:
        stopped = box.run(INPUTS, until="stage-setup")
        box.clock.sleep(100)
        starts = [
            Start(after, {**INPUTS, "operation": operation}, run_id=run)
            for operation, after, run in zip(operations, (0.0, apart), ("4801", "4802"), strict=True)
        ]
        results = run_together(box, starts, tmp_path)

        assert stopped.outputs["status"] == "stopped"
        logs = "\n---\n".join(result.log for result in results)
        ended = [result.outputs["status"] for result in results]
        assert sum(status in GOOD for status in ended) == 1, logs
        assert "refused" in ended, logs
        assert box.production["healthy-now"] == 3


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_the_wait_of_a_take_over_is_reported_with_its_reason_and_length(tmp_path: Path, operation: str) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.run(INPUTS, until="swap-route")
        result = box.run(INPUTS, operation=operation, attempt="2")

        down = [c for c in result.mutations if c["call"] == CAPACITY and c["body"]["capacity"]["target"] == 0]
        marked = next(call["time"] for call in result.mutations if call["call"] == UPDATE)
        assert down[0]["time"] - marked >= TAKE_OVER_WAIT
        why = f"another run's take-over may show up to {TAKE_OVER_WAIT:.0f} s late"
        assert f"web_prod: other runs: {why}" in result.log


def test_a_rollback_that_takes_over_gives_production_back_before_it_waits(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        before = box.picture()
        box.run(INPUTS, until="swap-route")
        result = box.run(INPUTS, operation="rollback", attempt="2")
        first = result.mutations[0]

        assert (first["call"], first["time"] - result.calls[0]["time"]) == ("ModifyRule", pytest.approx(0, abs=10))
        assert box.picture() == before


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_take_over_whose_mark_took_too_long_to_write_goes_no_further(tmp_path: Path, operation: str) -> None:
    clock = JumpingClock()
    with stand(
        "blue-green", tmp_path, QUICK, clock=clock, on_kill=lambda: clock.sleep(TAKE_OVER_TIME + 5), drain=LONG_DRAIN
    ) as box:
        box.run(INPUTS, until="stage-setup")
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": UPDATE}, "effect": "kill"})
        result = box.run(INPUTS, operation=operation, attempt="2")

        assert (result.code, result.outputs["status"]) == (3, "refused"), result.log
        assert "may have taken over the deployment of web_prod as well" in result.log
        assert box.picture() == before
        again = box.run(INPUTS, operation=operation, attempt="3", allow="take-over")
        assert again.outputs["status"] in GOOD, again.log


def test_a_rollback_that_still_reads_the_group_that_another_one_deleted_is_refused(tmp_path: Path) -> None:
    """Its list is fresh and the group itself is read late, with the mark of the rollback that deleted it."""
    with stand("blue-green", tmp_path, {**QUICK, "lag": {"spot-get": 40}}, drain=LONG_DRAIN) as box:
        before = box.picture()
        record = box.run(INPUTS, until="swap-route").outputs["deployment"]
        first = box.run(operation="rollback", deployment=record, run_id="4712")
        again = box.run(operation="rollback", deployment=record, run_id="4713")

        assert (first.outputs["status"], again.outputs["status"], again.code) == ("rolled-back", "refused", 3)
        assert "runs/4712 took over the deployment of web_prod" in again.log
        assert ({call["call"] for call in again.mutations}, box.picture()) == ({"ModifyRule"}, before)  # as it is


@pytest.mark.sampled(2)
@pytest.mark.parametrize("apart", [5.0, 40.0, 60.0, 88.0])
@pytest.mark.parametrize("strategy", ["basic", "blue-green", "shift"])
def test_a_rollback_yields_to_a_deployment_that_it_could_not_see_when_it_began(
    tmp_path: Path, strategy: str, apart: float
) -> None:
    """It may neither delete the group that the other one replaces, nor take the other's new group for the old one."""
    late = {**QUICK, "latency": 0.1, "lag": {"created-in-list": 85, "spot-list": 60, "spot-get": 60}}
    with stand(strategy, tmp_path, late, clock=TurnClock(), drain=LONG_DRAIN) as box:
        weights = {"traffic-weights": "50, 100"} if strategy == "shift" else {}
        serves = {} if strategy == "basic" else {**INPUTS, **weights}
        first = box.run(serves)
        box.clock.sleep(200)
        starts = [
            Start(0, {**serves, "allow": "redeploy"}, run_id="4801"),
            Start(apart, {**serves, "operation": "rollback"}, run_id="4802"),
        ]
        deploys, rolls_back = run_together(box, starts, tmp_path)

        logs = f"{deploys.log}\n---\n{rolls_back.log}"
        assert first.outputs["elastigroup-id"] in {group["id"] for group in box.alive()}, logs
        assert rolls_back.outputs["status"] in {"failed", "refused"}, logs
        if deploys.outputs["status"] == "deployed":
            serving = {group["id"] for group in box.alive() if group["capacity"]["target"] > 0}
            assert serving == {deploys.outputs["elastigroup-id"]}, logs
            return
        assert deploys.outputs["status"] == "refused", logs
        box.clock.sleep(200)
        again = box.run(serves, operation="rollback", run_id="4803")
        assert again.outputs["status"] == "rolled-back", again.log
