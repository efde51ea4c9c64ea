"""The workflows that people copy: every step that uses the action runs on a sandbox, with the inputs as they stand."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import ROOT, Result, stand

from spotaction.inputs import FIELDS

JSON = dict[str, Any]
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = "OWNER/spotaction@v1"
REUSABLE = "OWNER/spotaction/.github/workflows/deploy.yml@v1"
ELB = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
ROLE = "arn:aws:iam::111122223333:role/deploy"
# What stands between `${{` and `}}`, and what GitHub would put there.
VALUES = {
    "needs.build.outputs.version": "web-2026.11.23",
    "inputs.artifact-version": "web-2026.11.23",
    "vars.NEWEST_VERSION": "web-2026.11.23",
    "vars.AWS_ROLE_ARN": ROLE,
    "vars.AWS_READ_ROLE_ARN": ROLE,
    "vars.AWS_REGION": "us-east-1",
    "vars.PROD_RULE_ARN": f"{ELB}:listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111/c1c1c1c1c1c1c1c1",
    "vars.GREEN_TARGET_GROUP_ARN": f"{ELB}:targetgroup/web-green/e1e1e1e1e1e1e1e1",
    "vars.SPOT_ACCOUNT_ID": "act-0a1b2c3d",
    "vars.LOAD_BALANCERS": "",
    "secrets.SPOT_TOKEN": "sandbox-token",
    "inputs.dry-run && 'plan' || 'deploy'": "plan",
    "inputs.strategy == 'canary' && inputs.canary || ''": "34% for 5m, 67%",
    "inputs.take-over": "false",
    "inputs.environment": "prod",
}
WORLD = {
    "roles": [{"arn": ROLE}],
    "alarms": [{"name": "web-5xx", "state": "OK"}],
}


@dataclass(frozen=True)
class Use:
    """A step that uses the action: its workflow, its job, its inputs with everything filled in."""

    workflow: str
    job: str
    inputs: Mapping[str, str]


def load(path: Path) -> JSON:
    found: JSON = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def uses_in(path: Path) -> Iterator[Use]:
    for name, job in load(path)["jobs"].items():
        if job.get("uses") == REUSABLE:
            yield from through_the_reusable_one(path.name, name, job)
            continue
        for row in rows(job):
            values = {**VALUES, **row, "toJSON(matrix)": json.dumps(row)}
            for step in job["steps"]:
                if step.get("uses") == ACTION:
                    yield Use(path.name, name, filled(step["with"], values))


def through_the_reusable_one(workflow: str, job: str, caller: JSON) -> Iterator[Use]:
    called = load(ROOT / ".github" / "workflows" / "deploy.yml")
    declared = called[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` as true
    given = {name: entry.get("default", "") for name, entry in declared.items()} | filled(caller["with"], VALUES)
    assert {name for name, entry in declared.items() if entry.get("required")} <= set(caller["with"])
    for environment in json.loads(given["environments"]):
        values = {**VALUES, **{f"inputs.{name}": text(value) for name, value in given.items()}}
        values["matrix.environment"] = environment
        for name in ("service", "infrastructure"):
            values[f"format(inputs.{name}, matrix.environment)"] = str(given[name]).replace("{0}", environment)
        (step,) = [each for each in called["jobs"]["deploy"]["steps"] if each.get("uses") == ACTION]
        yield Use(workflow, job, filled(step["with"], values))


def rows(job: JSON) -> list[dict[str, str]]:
    included = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
    return [{f"matrix.{key}": text(value) for key, value in row.items()} for row in included]


def filled(inputs: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """The inputs with every expression replaced; a `KeyError` names one that the table does not have."""
    pattern = re.compile(r"\$\{\{ (.*?) \}\}")
    given = {"inputs.strategy": "canary", **values}
    return {name: pattern.sub(lambda found: given[found[1]], text(value)) for name, value in inputs.items()}


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def run(use: Use, folder: Path, scenario: str) -> Result:
    return run_all([use], folder, scenario)[-1]


def run_all(uses: list[Use], folder: Path, scenario: str) -> list[Result]:
    """Run steps one after the other on one sandbox, as jobs of one workflow run."""
    for place in (folder / "deploy", folder / "examples" / "deploy"):
        shutil.copytree(ROOT / "examples" / "deploy", place)
    with stand(scenario, folder, WORLD) as box:
        results = []
        for use in uses:
            given = {name.replace("-", "_"): value for name, value in use.inputs.items()}
            blank = {name.replace("-", "_"): "" for name in box.inputs if name not in use.inputs}
            results.append(box.run(environ={"GITHUB_WORKSPACE": str(folder)}, **{**blank, **given}))
    return results


def named(workflow: str) -> list[Use]:
    return list(uses_in(ROOT / "examples" / "workflows" / workflow))


def ended(result: Result) -> tuple[int, str | None]:
    return result.code, result.outputs.get("status")


def test_a_push_to_main_deploys_in_the_phases_of_a_canary(tmp_path: Path) -> None:
    (use,) = named("deploy.yml")
    result = run(use, tmp_path, "canary")
    assert ended(result) == (0, "deployed"), result.log
    assert result.record["finished"] == ["setup", "canary-deploy-1", "canary-deploy-2", "deploy"]


def test_a_deployment_by_hand_is_a_plan_unless_the_person_says_otherwise(tmp_path: Path) -> None:
    (use,) = named("dispatch.yml")
    result = run(use, tmp_path, "canary")
    assert ended(result) == (0, "planned"), result.log
    assert [call for call in result.mutations if call["call"] != "AssumeRole"] == []


def test_each_environment_is_deployed_with_the_phases_of_its_row(tmp_path: Path) -> None:
    uses = named("environments.yml")
    assert [use.inputs["environment"] for use in uses] == ["staging", "prod-us", "prod-eu"]
    found = []
    for use in uses:
        result = run(use, tmp_path / use.inputs["environment"], "canary")
        found.append((*ended(result), result.record["app"], len(result.record["finished"])))
    # The scenario's groups are those of prod: each environment has its own, so that these are first deployments.
    assert found == [
        (0, "deployed", "web_staging", 2),
        (0, "deployed", "web_prod-us", 4),
        (0, "deployed", "web_prod-eu", 3),
    ]


def test_jobs_with_approvals_between_them_are_parts_of_one_deployment(tmp_path: Path) -> None:
    results = run_all(named("blue-green-approval.yml"), tmp_path, "shift")
    assert [ended(result) for result in results] == [(0, "stopped"), (0, "stopped"), (0, "deployed")], results[-1].log
    assert [result.record["finished"] for result in results] == [
        ["stage-setup", "shift-10"],
        ["stage-setup", "shift-10", "shift-50"],
        ["stage-setup", "shift-10", "shift-50", "shift-100", "downsize-old"],
    ]


def test_whoever_refuses_the_approval_can_roll_back_by_hand(tmp_path: Path) -> None:
    begun, *_ = named("blue-green-approval.yml")
    (rollback,) = named("rollback.yml")
    results = run_all([begun, rollback], tmp_path, "shift")
    assert [ended(result) for result in results] == [(0, "stopped"), (0, "rolled-back")], results[-1].log


def test_a_pull_request_gets_what_would_change_as_a_comment(tmp_path: Path) -> None:
    (use,) = named("plan-comment.yml")
    result = run(use, tmp_path, "basic")
    assert ended(result) == (0, "planned"), result.log
    assert result.outputs["summary-markdown"].startswith("## 📝 web\\_prod (prod): ")


@pytest.mark.parametrize("path", [*EXAMPLES, *OURS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_steps_use_inputs_that_the_action_has(path: Path) -> None:
    known = {field.name for field in FIELDS}
    for job in load(path)["jobs"].values():
        for step in job.get("steps", []):
            if step.get("uses") in {ACTION, "$/"}:
                assert set(step["with"]) <= known


@pytest.mark.parametrize("path", [*EXAMPLES, *OURS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_action_is_pinned_and_no_script_holds_an_expression(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    used = re.findall(r"^ *(?:- )?uses: (\S+)(.*)", content, re.MULTILINE)
    loose = [
        ref
        for ref, comment in used
        if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", ref) or not re.fullmatch(r" # v\d+\.\d+\.\d+", comment)
    ]
    assert set(loose) <= {ACTION, REUSABLE, "$/", "$/.github/workflows/check.yml"}
    workflow = load(path)
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job.get("steps", []) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    assert workflow["permissions"] == {}


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in [*EXAMPLES, *OURS])
    pins = set(re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)", text))
    assert len(pins) == len({name for name, *_ in pins})


def test_a_release_tags_only_what_was_pushed_and_attested() -> None:
    jobs = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {"check": None, "image": "check", "tag": "image"}
    image = [step.get("uses", "").partition("@")[0] for step in jobs["image"]["steps"]]
    assert image.index("docker/build-push-action") < image.index("actions/attest")
    tag = [step.get("name", "") for step in jobs["tag"]["steps"]]
    order = [name for name in tag if "digest" in name or "ush" in name or "elease" in name]
    assert order == [
        "Commit action.yml with the image's digest",
        "Push the tag of this version, then move the short ones",
        "Create the release",
    ]


def test_the_release_finds_the_line_that_it_writes_the_digest_into() -> None:
    lines = (ROOT / "action.yml").read_text(encoding="utf-8").splitlines()
    assert lines.count("  image: Dockerfile") == 1
