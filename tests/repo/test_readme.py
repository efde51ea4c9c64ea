"""What the README says is so: every example deploys, permissions and guarantees are those of the code."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from spotaction.cloud.aws.credentials import AUDIENCE
from spotaction.cloud.aws.errors import WEB_IDENTITY
from spotaction.engine.waits import bake
from spotaction.inputs.fields import FIELDS
from spotaction.model import ports
from spotaction.model.choices import Operation
from spotaction.model.deployment import Status
from spotaction.model.safety_rule import SafetyRule
from tests.support.action import NEW, OLD, Result, Stand, stand
from tests.support.documents import SOURCE, blocks, read, section
from tests.support.reused_clients import wired
from tests.support.workflow_uses import VALUES, WORLD, filled

DEFAULTS = {entry.name: entry.default for entry in FIELDS}
GROUP = "sig-0a1b2c3d"
UNNUMBERED: dict[str, Any] = {
    "elastigroups": [
        {
            "name": "web_prod",
            "id": GROUP,
            "image": OLD,
            "capacity": {"minimum": 2, "target": 3, "maximum": 6},
            "target-groups": ["web-blue"],
            "created": "2026-11-16T10:00:00Z",
        }
    ]
}
#: A load balancer whose listeners have their default rules alone.
NO_RULES: dict[str, Any] = {
    "load-balancers": [
        {
            "name": "web-alb",
            "listeners": [
                {"port": 443, "default": {"forward": "web-blue"}},
                {"port": 8443, "default": {"forward": "web-green"}},
            ],
        }
    ],
    "production": ["web-alb:443/default"],
}
_RECORDED = set[tuple[str, str]]()


def start(**changes: str) -> dict[str, str]:
    """The inputs of the workflow under Start, with lines from elsewhere on top."""
    (step,) = [each for each in workflow()["jobs"]["deploy"]["steps"] if "with" in each]
    return {**filled(step["with"], {**VALUES, "inputs.ami-id": NEW}), **changes}


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(blocks("yaml", section("README.md", "Start"))[0])
    return found


def lines(heading: str, number: int = 0) -> dict[str, str]:
    """The inputs in a block of YAML below a heading."""
    return filled(yaml.safe_load(blocks("yaml", section("README.md", heading))[number]), VALUES)


@contextmanager
def repository(scenario: str, folder: Path, changes: dict[str, Any]) -> Iterator[Stand]:
    """A sandbox, and a checkout with the config of the group that serves, saved as the README says."""
    with stand(scenario, folder, {**WORLD, **changes}) as box:
        serving = next(group for group in box.alive() if group["capacity"]["target"])
        (folder / "deploy").mkdir()
        (folder / "deploy" / "elastigroup.json").write_text(export(box, serving["id"]), encoding="utf-8")
        yield box


def export(box: Stand, group: str) -> str:
    """What the commands of a start by hand write."""
    url, _, program = _command().partition("|")
    (address,) = re.findall(r'"(https://[^"]+)"', url)
    headers = dict([re.findall(r'-fsSH "([\w]+): (.+?)"', url)[0]])
    http = wired(box.sandbox, lambda app: app).http
    assert http is not None
    answer = http.get(
        address.replace(GROUP, group),
        headers={name: value.replace("$SPOT_TOKEN", box.sandbox.token) for name, value in headers.items()},
    )
    assert answer.status_code == requests.codes.ok, answer.text
    assert re.findall(r"jq '(.+)' > (\S+)", program) == [("{group: .response.items[0]}", "deploy/elastigroup.json")]
    return json.dumps({"group": answer.json()["response"]["items"][0]})


def _command() -> str:
    return " ".join(blocks("bash", section("docs/first-hour.md", "By hand"))[0].split())


def run(box: Stand, inputs: dict[str, str]) -> Result:
    blank = {name: "" for name in box.inputs if name not in inputs}
    return box.run({**blank, **inputs}, environ={"GITHUB_WORKSPACE": str(box.folder)})


def named_capacities(box: Stand) -> dict[str, str]:
    """The groups of web-prod as `minimum/target/maximum`."""
    found = [group for group in box.alive() if group["name"].startswith(("web-prod", "web__prod"))]
    return {
        group["name"]: "/".join(str(group["capacity"][key]) for key in ("minimum", "target", "maximum"))
        for group in found
    }


def ended(result: Result) -> tuple[int, str, list[str]]:
    assert result.code == 0, result.log
    return result.code, result.outputs["status"], result.record["finished"]


def recorded_in(folder: Path) -> set[tuple[str, str]]:
    """Service and name of every call that the sandbox saw: each strategy deployed, and rolled back. Run once."""
    for strategy in ("basic", "canary", "blue-green", "shift") if not _RECORDED else ():
        with stand(strategy, folder, WORLD) as box:
            assert box.run(alarms="web-5xx", suspend_scaling="true").code == 0
            assert box.run(operation="rollback").code == 0
            _RECORDED.update((call["service"], call["call"]) for call in box.sandbox.calls())
    return _RECORDED


def test_the_start_is_short_and_deploys(tmp_path: Path) -> None:
    text = blocks("yaml", section("README.md", "Start"))[0]
    assert len(text.splitlines()) <= 16
    assert re.findall(r"- (uses: actions/checkout@.+)", text)[0] in read("examples/workflows/deploy.yml")
    with repository("basic", tmp_path, {}) as box:
        assert ended(run(box, start())) == (0, "deployed", ["setup", "deploy"])
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_a_group_without_a_number_is_replaced_once_it_is_named(tmp_path: Path) -> None:
    with repository("basic", tmp_path, UNNUMBERED) as box:
        refused = run(box, start())
        assert (refused.code, refused.outputs["status"], refused.mutations[1:]) == (3, "refused", [])
        assert f"elastigroup-id: {GROUP}" in refused.log
        named = lines("Your existing group")
        assert run(box, start(**named)).outputs["status"] == "deployed"
        assert box.capacities() == {"web_prod": "0/0/0", "web_prod__1": "2/3/6"}
        assert run(box, start(**{**named, "ami-id": OLD})).outputs["status"] == "deployed"
        assert box.capacities() == {"web_prod": "0/0/0", "web_prod__1": "0/0/0", "web_prod__2": "2/3/6"}


def test_one_group_without_a_number_gets_a_canary_and_is_back_after_a_rollback_by_name(tmp_path: Path) -> None:
    mine = {**UNNUMBERED["elastigroups"][0], "name": "web-prod"}
    with repository("basic", tmp_path, {"elastigroups": [mine]}) as box:
        (tmp_path / "deploy" / "startup.sh").write_text('DB="<+secrets.getValue("DB")>"', encoding="utf-8")
        script = {"startup-script": "deploy/startup.sh", "secrets": "DB: hunter2"}
        canary = {"app-name": "web-prod", **lines("Strategies", 0), **script}
        assert run(box, start(**canary)).outputs["status"] == "refused"
        canary |= lines("Your existing group")
        assert run(box, start(**canary, operation="plan")).outputs["status"] == "planned"
        assert run(box, start(**canary)).outputs["status"] == "deployed"
        assert named_capacities(box) == {"web-prod": "0/0/0", "web__prod__1": "2/3/6"}
        by_name = {"operation": "rollback", "app-name": "web-prod", "aws-region": "us-east-1"}
        assert run(box, by_name).outputs["status"] == "rolled-back"
        assert named_capacities(box) == {"web-prod": "2/3/6"}


def test_the_lines_for_a_canary_deploy(tmp_path: Path) -> None:
    with repository("basic", tmp_path, {}) as box:
        result = run(box, start(**lines("Strategies", 0)))
        assert ended(result) == (0, "deployed", ["setup", "canary-deploy-1", "canary-deploy-2", "deploy"])


def test_the_lines_for_a_swap_deploy_and_the_group_keeps_its_name(tmp_path: Path) -> None:
    with repository("blue-green", tmp_path, {**UNNUMBERED, **NO_RULES}) as box:
        result = run(box, start(**lines("Strategies", 1)))
        assert ended(result) == (0, "deployed", ["stage-setup", "swap-route", "downsize-old"])
        assert box.groups()["web_prod"]["id"] != GROUP


def test_the_lines_for_a_shift_deploy(tmp_path: Path) -> None:
    with repository("shift", tmp_path, {}) as box:
        result = run(box, start(**lines("Strategies", 2)))
        assert ended(result) == (0, "deployed", ["stage-setup", "shift-10", "shift-50", "shift-100", "downsize-old"])


def test_a_new_group_that_is_lost_for_as_long_as_it_says_ends_a_phase() -> None:
    assert f"the loss of all healthy new instances for {bake._LOST:.0f} s" in " ".join(read("README.md").split())


def test_the_policy_allows_what_the_action_calls_and_no_more(tmp_path: Path) -> None:
    policy = json.loads(blocks("json", read("docs/permissions.md"))[0])
    listed = [statement["Action"] for statement in policy["Statement"]]
    allowed = {action for each in listed for action in (each if isinstance(each, list) else [each])}
    in_code = set(re.findall(r'"((?:ec2|elbv2|cloudwatch|lambda|service-quotas):[A-Z]\w+)"', SOURCE))
    prefixes = {
        "elbv2": "elasticloadbalancing",
        "ec2": "ec2",
        "cloudwatch": "cloudwatch",
        "service-quotas": "servicequotas",
    }
    in_code.remove("lambda:Invoke")  # whose action has a longer name than the call
    called = {f"{prefixes[call.split(':')[0]]}:{call.split(':')[1]}" for call in in_code}
    assert allowed == called | {"lambda:InvokeFunction"}
    used = {f"{prefixes[service]}:{call}" for service, call in recorded_in(tmp_path) if service in prefixes}
    assert used <= allowed
    assert {action for action in allowed if "Modify" in action} == {action for action in used if "Modify" in action}


def test_the_trust_policy_is_for_the_call_and_the_audience_of_the_code() -> None:
    (statement,) = json.loads(blocks("json", read("docs/permissions.md"))[1])["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Action"] == WEB_IDENTITY
    assert statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    assert statement["Condition"]["StringEquals"] == {
        f"{issuer}:aud": AUDIENCE,
        f"{issuer}:sub": "repo:ORG/REPO:ref:refs/heads/main",
    }


def test_the_job_of_the_start_has_the_permissions_that_are_named() -> None:
    given = workflow()["jobs"]["deploy"]["permissions"]
    named = dict(re.findall(r"`([a-z-]+): (read|write)`", section("docs/permissions.md", "Spot and the job")))
    assert named == {**given, "deployments": "write"}


def test_the_routes_of_spot_are_those_that_are_called(tmp_path: Path) -> None:
    document = read("docs/inputs-and-outputs.md")
    listed = document.partition("<!-- spot calls -->")[2].partition("<!-- end of spot calls -->")[0]
    routes = set(re.findall(r"`([A-Z]+ /[^`]+)`", listed))
    assert {call for service, call in recorded_in(tmp_path) if service == "spot"} <= routes
    constants = {"GROUPS": "/aws/ec2/group", "GROUP": "/aws/ec2/group/{id}"}
    spot = read("spotaction/cloud/spot/elastigroups.py")
    in_code = {
        f"{method} {constants[inner or plain]}{tail}"
        for method, inner, tail, plain in re.findall(r'Call\(\s*"([A-Z]+)",\s*(?:f"\{(\w+)\}([^"]*)"|(\w+))', spot)
    }
    assert routes == in_code


def test_the_operations_are_all_there() -> None:
    named = re.findall(r"^\| `(\w+)` \|", section("README.md", "Operations"), re.MULTILINE)
    assert named[1:] == [each.value for each in Operation]


def test_promises_are_quoted_from_the_code() -> None:
    text = " ".join((section("README.md", "Guarantees") + section("docs/guarantees.md", "Assumptions")).split())
    assert f"Every read of Spot's API shows a write after {ports.LIST_LAG:.0f} s at the latest" in text
    named = set(re.findall(r"`([a-z-]+)(?:: [a-z-]+)?`", text))
    assert named <= {*Status, *DEFAULTS, *Operation}
    assert {"deployed", "rolled-back", "rollback-incomplete", "timeout", "allow", "app-name"} <= named


def test_as_many_rules_are_named_as_are_kept() -> None:
    text = " ".join(section("docs/guarantees.md", "Rules").split())
    rules = text.partition("Four rules are enforced")[2].partition(": ")[2].split(";")
    assert len(rules) == len(SafetyRule) == 4


def test_the_scripts_that_it_counts_are_those_of_the_table() -> None:
    table = section("docs/sandbox.md", "What is tested").partition("| seed |")[2].partition("<!-- end of sim -->")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| (\d.+) \|$", table, re.MULTILINE)]
    played, broke = (sum(int(row[column].replace(",", "")) for row in rows) for column in (1, 6))
    held = {0: "all", 1: "all but one"}.get(broke, f"all but {broke}")
    text = " ".join(section("README.md", "Guarantees").split())
    assert f"In [{held}](docs/sandbox.md#the-adversary-make-sim) of the last {played:,} simulated scripts" in text


def test_it_says_what_it_was_not_tried_on() -> None:
    assert "Nothing was run against the real Spot API, a real AWS account or GitHub's runners." in " ".join(
        read("README.md").split()
    )


@pytest.mark.parametrize("heading", ["Start", "Strategies", "Your existing group"])
def test_inputs_in_the_examples_exist(heading: str) -> None:
    found = blocks("yaml", section("README.md", heading))
    named = {name for block in found for name in re.findall(r"^(?: {10})?([a-z]+(?:-[a-z]+)*):", block, re.MULTILINE)}
    assert named - {"on", "jobs"} <= set(DEFAULTS)


def test_the_license_is_whole() -> None:
    text = read("LICENSE")
    assert text.lstrip().startswith("Apache License")
    assert "APPENDIX: How to apply the Apache License to your work." in text
