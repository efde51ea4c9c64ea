"""Gates: alarms before, during and after, a run that is cancelled, and what changes nothing."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spotaction.cloud.clock import Cancellation
from tests.support.action import OLD, QUICK, Stand, stand

STRATEGIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary": ("canary", {"canary": "34%"}),
    "swap": ("blue-green", {"downsize-old": "after 30s"}),
    "shift": ("shift", {"traffic-weights": "50 for 1m, 100", "downsize-old": "after 30s"}),
}


def alarms(*changes: Mapping[str, Any], state: str = "OK") -> Mapping[str, Any]:
    one = {"name": "web-5xx", "state": state, "reason": "5xx above 2 percent", "changes": list(changes)}
    return {**QUICK, "alarms": [one, {"name": "web-latency"}]}


def fires(at: float) -> Mapping[str, Any]:
    return {"at": at, "state": "ALARM", "reason": "5xx at 17 percent"}


@pytest.mark.parametrize("operation", ["deploy", "plan"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_alarm_at_the_start_is_refused(tmp_path: Path, strategy: str, operation: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, alarms(state="ALARM")) as box:
        before = box.picture()
        result = box.run(inputs, operation=operation, alarms="web-latency, web-5xx")

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert "Alarms in ALARM before the first change: web-5xx (5xx above 2 percent)" in result.log
        assert "allow: firing-alarms" in result.log
        assert result.mutations == []
        assert box.picture() == before


def test_an_alarm_at_the_start_may_be_ignored_and_the_others_are_watched(tmp_path: Path) -> None:
    changes = alarms(state="ALARM")
    with stand("blue-green", tmp_path, changes) as box:
        result = box.run(alarms="web-5xx", allow="firing-alarms")
        assert result.outputs["status"] == "deployed", result.log
        assert "therefore not watched: web-5xx" in result.log

    latency = {"name": "web-latency", "changes": [{"at": 20, "state": "ALARM", "reason": "p99 above 3 s"}]}
    with stand("blue-green", tmp_path, {**changes, "alarms": [changes["alarms"][0], latency]}) as box:
        result = box.run(alarms="web-5xx, web-latency", allow="firing-alarms")
        assert result.outputs["status"] == "rolled-back", result.log
        assert "web-latency is in ALARM: p99 above 3 s" in result.outputs["summary-markdown"]


@pytest.mark.sampled
@pytest.mark.parametrize("moment", [4, 30])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_alarm_in_a_wait_or_a_bake_rolls_back_and_is_named(tmp_path: Path, strategy: str, moment: float) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, alarms(fires(moment))) as box:
        before = box.picture()
        result = box.run(inputs, alarms="web-5xx", bake_time="1m")

        assert result.outputs["status"] == "rolled-back", result.log
        assert "web-5xx is in ALARM: 5xx at 17 percent" in result.outputs["summary-markdown"]
        assert box.picture() == before
        assert result.calls[-1]["time"] < moment + 200


def test_an_alarm_that_the_new_version_causes_takes_its_share_away(tmp_path: Path) -> None:
    when = {"rule": "web-alb:443/10", "target-group": "web-green", "weight": 50}
    change = {"when": when, "after": 20, "state": "ALARM", "reason": "5xx at 17 percent"}
    with stand("shift", tmp_path, alarms(change)) as box:
        result = box.run(alarms="web-5xx", traffic_weights="10 for 1m, 50 for 1m, 100")

        shares = [
            call["body"]["Actions.member.1.ForwardConfig.TargetGroups.member.2.Weight"]
            for call in result.mutations
            if call["call"] == "ModifyRule"
        ]
        assert shares == ["10", "50", "0"]
        assert result.record["reason"].startswith("shift-50: ")


def test_an_alarm_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(alarms="web-6xx")

        assert result.outputs["status"] == "refused"
        assert "web-6xx" in result.log
        assert result.mutations == []


class Cancels:
    """The runner's signal comes while the call that a fault picks is under way."""

    def __init__(self) -> None:
        self.interrupt = Cancellation()

    def __call__(self) -> None:
        self.interrupt.request_cancel("SIGTERM")


def production(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """All rules but those of the stage, which are left to the post step."""
    return {name: rule for name, rule in rules.items() if ":8443/" not in name}


def cancelled(
    tmp_path: Path, strategy: str, match: Mapping[str, Any], check: Callable[[Stand, Mapping[str, Any]], None]
) -> None:
    scenario, inputs = STRATEGIES[strategy]
    signal = Cancels()
    with stand(scenario, tmp_path, QUICK, on_kill=signal) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": match, "effect": "kill"})
        result = box.run(inputs, interrupt=signal.interrupt)

        assert (result.code, result.outputs["status"]) == (130, "cancelled"), result.log
        assert json.loads(result.state["deployment"])["status"] == "cancelled"
        assert production(box.rules()) == production(before["rules"])
        check(box, before)


#: Calls of a deployment, some before production was touched, some after.
MOMENTS: Mapping[str, Mapping[str, Any]] = {
    "while-it-launches": {"call": "GET /aws/ec2/group/{id}/instanceHealthiness", "nth": 2},
    "while-it-scales": {"call": "PUT /aws/ec2/group/{id}/capacity"},
    "while-it-reads-back": {"call": "DescribeRules", "nth": 5},
    "while-it-writes-production": {"call": "ModifyRule"},
    "while-it-renames": {"call": "PUT /aws/ec2/group/{id}"},
}


@pytest.mark.sampled
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("strategy", ["swap", "shift"])
def test_a_cancel_restores_production_at_once_and_a_rollback_the_rest(
    tmp_path: Path, strategy: str, moment: str
) -> None:
    def check(box: Stand, before: Mapping[str, Any]) -> None:
        record = box.runs[-1].state["deployment"]
        assert box.run(operation="rollback", deployment=record, attempt="2").outputs["status"] == "rolled-back"
        assert box.picture() == before

    cancelled(tmp_path, strategy, MOMENTS[moment], check)


@pytest.mark.sampled
@pytest.mark.parametrize("moment", ["while-it-launches", "while-it-scales"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_was_cancelled_can_be_continued(tmp_path: Path, strategy: str, moment: str) -> None:
    def check(box: Stand, before: Mapping[str, Any]) -> None:
        del before
        record = box.runs[-1].state["deployment"]
        result = box.run(STRATEGIES[strategy][1], operation="continue", deployment=record, attempt="2")
        assert result.outputs["status"] == "deployed", result.log

    cancelled(tmp_path, strategy, MOMENTS[moment], check)


def test_a_cancel_after_the_downsize_waits_for_the_rollback(tmp_path: Path) -> None:
    """The old group is empty by then: production stays where it is served until somebody brings the old one up."""
    signal = Cancels()
    with stand("blue-green", tmp_path, QUICK, on_kill=signal) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 2}, "effect": "kill"})
        result = box.run(downsize_old="after 0s", interrupt=signal.interrupt)
        assert result.outputs["status"] == "cancelled"
        box.clock.sleep(120)
        assert box.production["healthy-now"] == 3

        back = box.run(operation="rollback", deployment=result.state["deployment"], attempt="2")
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_unchanged_deployment_takes_four_calls_at_most(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        first = box.run(inputs)
        again = box.run(inputs, run_id="4712")

        assert (again.code, again.outputs["status"], again.mutations) == (0, "unchanged", [])
        assert len(again.calls) <= 4
        assert again.outputs["elastigroup-id"] == first.outputs["elastigroup-id"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_redeploy_deploys_what_runs_already(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        first = box.run(inputs)
        again = box.run(inputs, run_id="4712", allow="redeploy")

        assert again.outputs["status"] == "deployed", again.log
        assert again.outputs["previous-elastigroup-id"] == first.outputs["elastigroup-id"]


def test_a_rule_that_somebody_moved_is_not_unchanged(tmp_path: Path) -> None:
    """The same image and config, but production goes elsewhere: saying `unchanged` would be a lie."""
    with stand("blue-green", tmp_path, QUICK, lowest=0, because="somebody sends production to nowhere") as box:
        box.run()
        box.sandbox.add_fault({"at": 0, "action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"})
        result = box.run(run_id="4712")

        assert result.outputs["status"] == "refused"
        assert result.mutations == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_old_production_among_many_groups_is_found(tmp_path: Path, strategy: str) -> None:
    """Created more than two years ago, in an account of 400 more groups."""
    scenario, inputs = STRATEGIES[strategy]
    name = "web_prod__7" if scenario in {"basic", "canary"} else "web_prod"
    aged = {
        "name": name,
        "image": OLD,
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
        "created": "2024-05-01T10:00:00Z",
    }
    with stand(scenario, tmp_path, {**QUICK, "elastigroups": [aged]}) as box:
        wanted = [(call["call"], call["body"]) for call in box.run(inputs).mutations]
    with stand(scenario, tmp_path, {**QUICK, "elastigroups": [aged], "filler-groups": 400}) as box:
        result = box.run(inputs)

        assert result.outputs["status"] == "deployed", result.log
        assert result.record["snapshot"]["old"]["name"] == name
        assert [call for call, _ in wanted] == [call["call"] for call in result.mutations]
