"""Finds the workflow steps that use the action, evaluates their expressions, and runs them on a sandbox."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spotaction.model.ports import HttpClient
from tests.support.action import NEW, ROOT, Result, stand
from tests.support.project import ACTION, REUSABLE

JSON = dict[str, Any]
ELB = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
ROLE = "arn:aws:iam::111122223333:role/deploy"
# Expressions, without `${{` and `}}`, and their values.
VALUES = {
    "needs.build.outputs.ami-id": NEW,
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
    "inputs.take-over && 'take-over' || ''": "",
    "inputs.version": "",
    "inputs.environment": "prod",
    "inputs.elastigroup-id": "sig-0abc1234",
}
WORLD = {
    "roles": [{"arn": ROLE}],
    "alarms": [{"name": "web-5xx", "state": "OK"}],
}


@dataclass(frozen=True)
class Use:
    """A step that uses the action: its workflow, its job, and its evaluated inputs."""

    workflow: str
    job: str
    inputs: Mapping[str, str]


def load(path: Path) -> JSON:
    found: JSON = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def uses_in(path: Path) -> Iterator[Use]:
    yield from uses_of(load(path), path.name)


def uses_of(workflow: JSON, file: str, known: Mapping[str, str] = VALUES) -> Iterator[Use]:
    for name, job in workflow["jobs"].items():
        if job.get("uses") == REUSABLE:
            yield from through_the_reusable_one(file, name, job)
            continue
        for row in rows(job):
            values = {**known, **row, "toJSON(matrix)": json.dumps(row)}
            for step in job["steps"]:
                if step.get("uses") == ACTION:
                    yield Use(file, name, filled(step["with"], values))


def through_the_reusable_one(workflow: str, job: str, caller: JSON) -> Iterator[Use]:
    called = load(ROOT / ".github" / "workflows" / "deploy.yml")
    triggers = {str(key): value for key, value in called.items()}["True"]  # YAML 1.1 reads `on` as true
    declared = triggers["workflow_call"]["inputs"]
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
    """Return the inputs with every expression evaluated. Raises `KeyError` for an unknown one."""
    pattern = re.compile(r"\$\{\{ (.*?) \}\}")
    given = {"inputs.strategy": "canary", **values}
    return {name: pattern.sub(lambda found: given[found[1]], text(value)) for name, value in inputs.items()}


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def run(
    use: Use, folder: Path, scenario: str, changes: Mapping[str, Any] = {}, web: HttpClient | None = None
) -> Result:
    return run_all([use], folder, scenario, changes, web)[-1]


def run_all(
    uses: list[Use], folder: Path, scenario: str, changes: Mapping[str, Any] = {}, web: HttpClient | None = None
) -> list[Result]:
    """Run steps in order on one sandbox, as jobs of one workflow run; `changes` override keys of the scenario."""
    for place in (folder / "deploy", folder / "examples" / "deploy"):
        shutil.copytree(ROOT / "examples" / "deploy", place)
    with stand(scenario, folder, {**WORLD, **changes}) as box:
        results = []
        for use in uses:
            given: JSON = {name.replace("-", "_"): value for name, value in use.inputs.items()}
            blank = {name.replace("-", "_"): "" for name in box.inputs if name not in use.inputs}
            results.append(box.run(environ={"GITHUB_WORKSPACE": str(folder)}, web=web, **{**blank, **given}))
    return results
