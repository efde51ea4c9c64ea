"""Whatever fails, and wherever: production is as it was, nothing of ours is left, and the summary says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import NEW, QUICK, Result, Stand, stand

RULE, LISTENER = "ModifyRule", "ModifyListener"
CAPACITY, UPDATE = "PUT /aws/ec2/group/{id}/capacity", "PUT /aws/ec2/group/{id}"
STRATEGIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary": ("canary", {"canary": "34% for 1m"}),
    "swap": ("blue-green", {"downsize-old": "after 30s"}),
    "shift": ("shift", {"traffic-weights": "10 for 1m, 50 for 1m, 100"}),
}


@dataclass(frozen=True)
class Case:
    """A strategy, what goes wrong, and what the summary says about it; `where` is the step that fails."""

    strategy: str
    point: str
    where: str
    reason: str
    fault: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


def refused(call: str, *, nth: int = 1, times: int = 1) -> Mapping[str, Any]:
    """Spot refuses a call for good; no client tries that again."""
    effect = {"effect": "status", "status": 400, "code": "CANT_DO_THAT", "message": "not today"}
    return {"match": {"call": call, "nth": nth}, "times": times, **effect}


def denied(call: str, code: str, *, nth: int = 1) -> Mapping[str, Any]:
    return {"match": {"call": call, "nth": nth}, "effect": "aws-error", "code": code, "message": "no, says AWS"}


def alarm(at: float) -> Mapping[str, Any]:
    change = {"at": at, "state": "ALARM", "reason": "5xx above 2 percent"}
    return {"alarms": [{"name": "web-5xx", "changes": [change]}]}


NEVER_TARGET = {"behaviours": [{"image": NEW, "target": "never"}]}
NEVER_SPOT = {"behaviours": [{"image": NEW, "spot": "never"}]}
NEVER_BOOTS = {"behaviours": [{"image": NEW, "boots": False}]}
IMPATIENT = {"steady-state-timeout": "90s"}
FIRST = {"basic": "setup", "canary": "setup", "swap": "stage-setup", "shift": "stage-setup"}
GROWS = {"basic": "deploy", "canary": "canary-deploy-1", "swap": "stage-setup", "shift": "stage-setup"}
ALARM = {"alarms": "web-5xx"}


def everywhere() -> list[Case]:
    """What may happen to any strategy."""
    found: list[Case] = []
    for name in STRATEGIES:
        grows = GROWS[name]
        found += [
            Case(name, "create-refused", FIRST[name], "not today", refused("POST /aws/ec2/group")),
            Case(name, "scale-up-refused", grows, "not today", refused(CAPACITY)),
            Case(name, "never-a-healthy-target", grows, "Target.", changes=NEVER_TARGET, inputs=IMPATIENT),
            Case(name, "never-healthy-for-spot", grows, "Spot reports", changes=NEVER_SPOT, inputs=IMPATIENT),
            Case(name, "never-boots", grows, "Timed out", changes=NEVER_BOOTS, inputs=IMPATIENT),
            Case(name, "alarm-in-first-wait", grows, "5xx above 2 percent", changes=alarm(4), inputs=ALARM),
        ]
    return found


def phases() -> list[Case]:
    """Alarms in later phases, and what fails once production was touched."""
    baked = {"bake-time": "2m"}
    return [
        Case("basic", "alarm-in-bake", "deploy", "5xx above 2 percent", changes=alarm(60), inputs={**ALARM, **baked}),
        Case("basic", "scale-down-refused", "deploy", "not today", refused(CAPACITY, nth=2)),
        Case("canary", "alarm-in-phase-1", "canary-deploy-1", "5xx above", changes=alarm(40), inputs=ALARM),
        Case("canary", "alarm-in-phase-2", "deploy", "5xx above", changes=alarm(130), inputs={**ALARM, **baked}),
        Case("canary", "old-may-not-shrink-in-phase-1", "canary-deploy-1", "not today", refused(CAPACITY, nth=2)),
        Case("canary", "new-may-not-grow-in-phase-2", "deploy", "not today", refused(CAPACITY, nth=3)),
        Case("canary", "old-may-not-shrink-in-phase-2", "deploy", "not today", refused(CAPACITY, nth=4)),
        Case("swap", "prod-denied", "swap-route", "AccessDenied", denied(RULE, "AccessDenied")),
        Case("swap", "prod-invalid", "swap-route", "ValidationError", denied(RULE, "ValidationError")),
        Case("swap", "stage-denied-before", "swap-route", "AccessDenied", denied(LISTENER, "AccessDenied")),
        Case("swap", "stage-denied", "swap-route", "AccessDenied", denied(LISTENER, "AccessDenied", nth=2)),
        Case("swap", "stage-invalid", "swap-route", "ValidationError", denied(LISTENER, "ValidationError", nth=2)),
        Case("swap", "alarm-after-swap", "swap-route", "5xx above", changes=alarm(180), inputs={**ALARM, **baked}),
        Case("swap", "new-not-renamed", "swap-route", "not today", refused(UPDATE)),
        Case("swap", "old-not-renamed", "swap-route", "not today", refused(UPDATE, nth=2)),
        Case("swap", "alarm-in-delay", "downsize-old", "5xx above", changes=alarm(110), inputs=ALARM),
        Case("swap", "downsize-refused", "downsize-old", "not today", refused(CAPACITY, nth=2)),
        Case("shift", "first-weight-denied", "shift-10", "AccessDenied", denied(RULE, "AccessDenied")),
        Case("shift", "second-weight-invalid", "shift-50", "ValidationError", denied(RULE, "ValidationError", nth=2)),
        Case("shift", "last-weight-denied", "shift-100", "AccessDenied", denied(RULE, "AccessDenied", nth=3)),
        Case("shift", "alarm-at-10", "shift-10", "5xx above", changes=alarm(100), inputs=ALARM),
        Case("shift", "alarm-at-50", "shift-50", "5xx above", changes=alarm(170), inputs=ALARM),
        Case("shift", "alarm-at-100", "shift-100", "5xx above", changes=alarm(300), inputs={**ALARM, **baked}),
        Case("shift", "new-not-renamed", "shift-100", "not today", refused(UPDATE)),
        Case("shift", "old-not-renamed", "shift-100", "not today", refused(UPDATE, nth=2)),
        Case("shift", "downsize-refused", "downsize-old", "not today", refused(CAPACITY, nth=2)),
    ]


def run(case: Case, box: Stand) -> Result:
    if case.fault:
        box.sandbox.add_fault(case.fault)
    _, inputs = STRATEGIES[case.strategy]
    return box.run({**inputs, **case.inputs}, suspend_scaling="true")


@pytest.mark.sampled(12)
@pytest.mark.parametrize("case", [*everywhere(), *phases()], ids=lambda case: f"{case.strategy}-{case.point}")
def test_a_failure_leaves_production_as_it_was(tmp_path: Path, case: Case) -> None:
    scenario, _ = STRATEGIES[case.strategy]
    with stand(scenario, tmp_path, {**QUICK, **case.changes}) as box:
        before = box.picture()
        result = run(case, box)

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before
        assert case.reason in result.outputs["summary-markdown"]
        assert result.record["reason"].startswith(f"{case.where}: ")
        assert result.code in {1, 5}
        assert "Manual action needed" not in result.summary


@pytest.mark.sampled(2)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_second_deployment_works_after_a_failed_one(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        box.sandbox.add_fault(refused(CAPACITY, nth=2))

        assert box.run(inputs).outputs["status"] == "rolled-back"
        assert box.run(inputs, run_id="4712").outputs["status"] == "deployed"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_total_timeout_leaves_time_for_the_way_back(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, {**QUICK, **NEVER_TARGET}) as box:
        before = box.picture()
        result = box.run(inputs, timeout="200s")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_a_sick_instance_of_the_old_group_does_not_keep_a_failed_stage_from_going(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, **NEVER_TARGET}, lowest=2, because="an old instance is sick") as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 1, "action": "unhealthy", "group": "web_prod", "count": 1, "side": "target"})
        result = box.run(steady_state_timeout="90s")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_what_cannot_be_restored_is_listed_with_the_way_to_do_it(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.sandbox.add_fault(denied(LISTENER, "AccessDenied", nth=2))
        box.sandbox.add_fault({**denied(RULE, "AccessDenied", nth=2), "times": 9})
        result = box.run()

        assert result.outputs["status"] == "rollback-incomplete"
        assert result.code == 4
        rule = box.production["rule"]
        assert f"aws elbv2 modify-rule --rule-arn {rule}" in result.summary.partition("```")[2]
        assert "Manual action:" not in result.summary.partition("### Manual action needed")[0], (
            "the reason is no place for a command"
        )
        assert "AccessDenied): no Next" not in result.everything
        assert ".;" not in result.summary
        assert "https://console.spotinst.com/#/aws/ec2/elastigroup/view/" in result.summary
        # The new group serves still, so it stays, and so do the two names that go with the routes.
        assert box.production["healthy-now"] == 3
        assert len(box.groups()) == 2
        undone = result.record["undone"]
        assert [text.split(" was not rolled back")[0] for text in undone] == ["swap-route", "stage-setup"]


def test_a_rollback_that_was_incomplete_can_be_finished_later(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault(denied(LISTENER, "AccessDenied", nth=2))
        box.sandbox.add_fault({**denied(RULE, "AccessDenied", nth=2), "times": 9})
        assert box.run().outputs["status"] == "rollback-incomplete"

        box.sandbox.clear_faults()
        later = box.run(operation="rollback", run_id="4712")

        assert later.outputs["status"] == "rolled-back", later.log
        assert box.picture() == before


def test_on_failure_stop_leaves_everything_for_continue(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.sandbox.add_fault(denied(RULE, "AccessDenied"))
        failed = box.run(on_failure="stop")
        assert failed.outputs["status"] == "failed"
        headline, next_step = failed.summary.splitlines()[0], failed.summary.split("**Next:**")[1].splitlines()[0]
        assert headline.endswith("; incomplete, waiting for continue or rollback")
        assert "elasticloadbalancing:ModifyRule" in next_step
        assert "; then run this action with the same inputs and operation: continue or operation: roll" in next_step

        assert box.run(operation="continue", run_id="4712").outputs["status"] == "deployed"
        assert box.forwards["web-alb:443/10"] == {"web-green": 1}


def test_a_rule_that_somebody_else_changed_is_left_alone_and_reported(tmp_path: Path) -> None:
    groups = [{"name": name} for name in ("web-blue", "web-green", "web-third")]
    ids = {"web-blue": "b1b1b1b1b1b1b1b1", "web-green": "e1e1e1e1e1e1e1e1", "web-third": "c3c3c3c3c3c3c3c3"}
    changes = {**QUICK, "target-groups": [{**group, "id": ids[group["name"]]} for group in groups]}
    with stand("shift", tmp_path, changes, lowest=0, because="somebody sends production to nowhere") as box:
        change = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-third"}
        box.sandbox.add_fault({"at": 30, **change})
        result = box.run(traffic_weights="10 for 1m, 100")

        assert result.outputs["status"] == "rollback-incomplete"
        assert "was modified outside this deployment and forwards to web-third 100%" in result.summary
        assert box.forwards["web-alb:443/10"] == {"web-third": 1}
        assert list(box.groups()) == ["web_prod", "web_prod__STAGE__Harness"]
        assert box.groups()["web_prod__STAGE__Harness"]["capacity"]["target"] == 0


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", ["basic", "canary", "blue-green", "shift"])
@pytest.mark.parametrize("outage", [5, 9999])
def test_a_create_in_doubt_is_rolled_back_or_reported(tmp_path: Path, strategy: str, outage: int) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        failing = {"effect": "status", "status": 500}
        box.sandbox.add_fault({**failing, "match": {"call": "POST /aws/ec2/group"}, "applied": True})
        box.sandbox.add_fault({**failing, "match": {"call": "GET /aws/ec2/group", "nth": 2}, "times": outage})
        result = box.run()
        box.sandbox.clear_faults()
        told = "Could not determine whether" in result.log

        assert (result.outputs["status"], told) == (("rolled-back", False), ("rollback-incomplete", True))[outage > 10]
        assert (box.picture() == before) == (outage < 10)
        assert outage < 10 or box.run(operation="rollback", attempt="2").outputs["status"] == "rolled-back"
        assert box.picture() == before


def test_a_create_in_doubt_is_rolled_back_outside_of_a_workflow_too(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        before = box.picture()
        failing = {"effect": "status", "status": 500}
        box.sandbox.add_fault({**failing, "match": {"call": "POST /aws/ec2/group"}, "applied": True})
        box.sandbox.add_fault({**failing, "match": {"call": "GET /aws/ec2/group", "nth": 2}, "times": 5})
        result = box.run(run_id="")

        assert (result.outputs["status"], box.picture()) == ("rolled-back", before)
