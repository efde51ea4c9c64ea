"""The plan is the deployment: the same calls in the same order, and the plan itself changes nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spotaction.documents.source import check_document, parse_document
from tests.support.action import JSON, OLD, QUICK, Result, Stand, stand
from tests.support.sites import SPLIT, Site, shift, swap

NEW_GROUP = "sig-new"


@dataclass(frozen=True)
class Case:
    """A deployment to plan; `lowest` and `because` as the stand takes them."""

    strategy: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    lowest: int | None = None
    because: str = ""


def versions(*capacities: int) -> JSON:
    """A group for each version from 1 on; the last one serves."""
    groups = [
        {
            "name": f"web_prod__{number}",
            "image": OLD,
            "capacity": capacity,
            "target-groups": ["web-blue"],
            "created": f"2026-11-0{number}T10:00:00Z",
        }
        for number, capacity in enumerate(capacities, start=1)
    ]
    return {**QUICK, "elastigroups": groups}


def serving(**more: Any) -> JSON:  # noqa: ANN401 - any key of a scenario's group
    return {
        "name": "web_prod",
        "image": OLD,
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
        "created": "2026-11-16T10:00:00Z",
        **more,
    }


STALE = {"name": "web_prod__STAGE__Harness", "image": OLD, "capacity": 2, "target-groups": ["web-green"]}
API = {
    "name": "api-alb",
    "listeners": [
        {"port": 443, "default": {"forward": "api-blue"}},
        {"port": 8443, "default": {"forward": "api-green"}},
    ],
}
IDS = {"web-blue": "b1" * 8, "web-green": "e1" * 8, "api-blue": "1b" * 8, "api-green": "1e" * 8}
MIXED = Site(
    rule={"forward": SPLIT},
    balancers=[API],
    changes={
        "target-groups": [{"name": name, "id": ident} for name, ident in IDS.items()],
        "elastigroups": [serving(**{"target-groups": ["web-blue", "api-blue"]})],
        "production": ["web-alb:443/10", "api-alb:443/default"],
    },
).scenario()
STICKY = Site(rule={"forward": {"target-groups": SPLIT, "stickiness": 60}}).scenario()
PARTNER = Site(
    more=[{"priority": 20, "id": "c2c2c2c2c2c2c2c2", "path": "/partner/*", "forward": "web-blue"}]
).scenario()
DOCUMENT = dict.fromkeys(("strategy", "instances", "app-name", "load-balancers", "downsize-old"), "")
NOTHING_BEFORE = {"lowest": 0, "because": "nothing served before"}
CASES: Mapping[str, Case] = {
    "basic": Case("basic", QUICK),
    "basic, half of the new group": Case("basic", QUICK, {**DOCUMENT, "execution": "tests/e2e/executions/half.yaml"}),
    "basic, first deployment": Case("basic", versions(), lowest=0, because="nothing served before"),
    "basic, old versions cleaned up": Case(
        "basic", versions(0, 1, 0, 0, 0, 3), {"keep-old": "2", "instances": "min=2,max=6,desired=3"}
    ),
    "canary": Case("canary", QUICK, {"canary": "34% for 5m, 67%", "bake-time": "2m"}),
    "canary, drained first": Case("canary", QUICK, {"canary": "1", "old-instances": "drain-first"}),
    "canary beside the whole old group": Case("canary", QUICK, {"canary": "1", "old-instances": "100%"}),
    "swap": Case("blue-green", QUICK),
    "swap without downsize": Case("blue-green", QUICK, {"downsize-old": "never"}),
    "swap, first deployment": Case(
        "blue-green", {**QUICK, "elastigroups": []}, lowest=0, because="nothing served before"
    ),
    "swap over a stale stage": Case("blue-green", {**QUICK, "elastigroups": [serving(), STALE]}),
    "swap after a downsized old group": Case(
        "blue-green", {**QUICK, "elastigroups": [serving(), {**STALE, "capacity": 0}]}
    ),
    "swap with scaling suspended": Case("blue-green", QUICK, {"suspend-scaling": "true", "bake-time": "1m"}),
    "swap with an alarm": Case("blue-green", {**QUICK, "alarms": [{"name": "web-5xx"}]}, {"alarms": "web-5xx"}),
    "shift": Case("shift", QUICK, {"traffic-weights": "10 for 1m, 50, 100"}),
    "shift that ends below 100": Case("shift", QUICK, {"traffic-weights": "10, 25", "downsize-old": "never"}),
    "sticky shift": Case("shift", STICKY, {"load-balancers": shift(), "traffic-weights": "50, 100"}),
    "mixed": Case("shift", MIXED, {"load-balancers": shift() + swap("", "api-alb"), "traffic-weights": "50, 100"}),
    "standalone shift": Case(
        "blue-green",
        PARTNER,
        {**DOCUMENT, "execution": "tests/e2e/executions/partner.yaml"},
    ),
    "until": Case("shift", QUICK, {"until": "shift-50", "traffic-weights": "50, 100"}),
    "a weighted group": Case("basic", QUICK, {"instances": "min=1,max=8,desired=5"}),
}


def planned(result: Result) -> list[tuple[str, str, object]]:
    """The plan's calls: name, subject and what they set."""
    return [
        (
            act["call"],
            act["subject"],
            act.get("capacity") or act.get("forward") or act.get("name") or act.get("minutes"),
        )
        for act in json.loads(result.outputs["plan"])["acts"]
        if "call" in act
    ]


def done(result: Result, new: str) -> list[tuple[str, str, object]]:
    """The deployment's calls in the same form, the new group under its placeholder."""
    return [(call["call"], _subject(call).replace(new, NEW_GROUP), _set(call)) for call in result.mutations]


def _subject(call: JSON) -> str:
    if call["service"] == "elbv2":
        return str(call["body"].get("RuleArn") or call["body"]["ListenerArn"])
    if call["call"] == "POST /aws/ec2/group":
        return str(call["body"]["group"]["name"])
    return str(next(part for part in call["path"].split("/") if part.startswith("sig-")))


def _set(call: JSON) -> object:
    body: JSON = call["body"] or {}
    match call["call"]:
        case "PUT /aws/ec2/group/{id}/capacity":
            return body["capacity"]
        case "PUT /aws/ec2/group/{id}":
            return body["group"].get("name")
        case "POST /aws/ec2/group/{id}/suspension":
            return body["suspensions"][0]["ttlInMinutes"]
        case "ModifyRule" | "ModifyListener":
            return list(_targets(body))
        case _:
            return None


def _targets(body: Mapping[str, str]) -> Iterator[JSON]:
    """The target groups of the forward in an AWS query, with their weights."""
    for key, value in body.items():
        if key.endswith(".TargetGroupArn"):
            weight = body.get(key.replace("TargetGroupArn", "Weight"), "1")
            yield {"targetGroup": value, "weight": int(weight)}


def plan(box: Stand, case: Case) -> Result:
    before = box.picture()
    result = box.run(case.inputs, operation="plan")
    assert (result.code, result.outputs["status"]) == (0, "planned"), result.log
    assert result.mutations == []
    assert box.picture() == before
    assert check_document(parse_document(result.outputs["plan"], name="plan"), "plan") == ()
    return result


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", CASES)
def test_the_deployment_does_what_the_plan_said(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    with stand(case.strategy, tmp_path, case.changes, lowest=case.lowest, because=case.because) as box:
        said = plan(box, case)
        result = box.run(case.inputs)

        assert result.code == 0, result.log
        assert planned(said) == done(result, result.outputs["elastigroup-id"])
        assert said.outputs["has-changes"] == "true"


def test_where_nothing_would_change_the_plan_is_empty(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run()
        result = box.run(operation="plan", run_id="4712")

        assert (result.code, result.outputs["has-changes"], result.mutations) == (0, "false", [])
        document = json.loads(result.outputs["plan"])
        assert (document["status"], document["acts"]) == ("unchanged", [])
        assert check_document(parse_document(result.outputs["plan"], name="plan"), "plan") == ()


def test_the_summary_shows_the_configs_difference_and_user_data_as_a_hash(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(operation="plan")

        assert "```diff" in result.summary
        assert '-      "imageId": "ami-0aaaaaaaaaaaaaaa1"' in result.summary
        assert '+      "imageId": "ami-0aaaaaaaaaaaaaaa2"' in result.summary
        assert '+            "name": "web-green"' in result.summary
        assert '+      "userData": "sha256:' in result.summary
        user_data = box.run().mutations[0]["body"]["group"]["compute"]["launchSpecification"]["userData"]
        assert user_data not in result.everything
        assert user_data[:40] not in result.everything


def test_the_same_config_again_has_no_difference(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        result = box.run(operation="plan", allow="redeploy", run_id="4712", instances="min=1,max=4,desired=2")

        assert result.outputs["has-changes"] == "true"
        assert "```diff" not in result.summary


def test_a_plan_of_the_present_counts_on_nothing_that_is_not_there(tmp_path: Path) -> None:
    """What the deployment would be refused for, the plan is refused for."""
    with stand("blue-green", tmp_path, QUICK) as box:
        for wrong in ({"app-name": ""}, {"artifact-version": "web-1999"}, {"instances": "min=0,max=4,desired=0"}):
            result = box.run(wrong, operation="plan")

            assert result.code in {2, 3}, result.log
            assert result.mutations == []


def test_a_plan_costs_few_calls(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(operation="plan", traffic_weights="10 for 1h, 50 for 1h, 100")

        assert len(result.calls) < 25
        assert result.calls[-1]["time"] == result.calls[0]["time"]
