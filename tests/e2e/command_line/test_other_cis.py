"""The examples for other CIs: their variables and commands, as they stand, run on the sandbox."""

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.action import KILLED, QUICK, ROOT, stand
from tests.support.command_line import type_command
from tests.support.project import MAJOR, REPOSITORY

Case = tuple[str, str, Mapping[str, str], list[str]]
EXAMPLES = ROOT / "examples"
INSTALL = f'"spotaction @ git+https://github.com/{REPOSITORY}@{MAJOR}"'


def commands(text: str) -> Iterator[list[str]]:
    """Every command line of `spotaction` in a script, as the shell splits it."""
    for line in text.replace("\\\n", " ").splitlines():
        found = re.match(r"^\s*(?:- |command: |- run: |sh '|exec )*(?:\S*/)?(spotaction (?!@).*?)'?$", line)
        if found:
            yield shlex.split(found[1])[1:]


def gitlab() -> Iterator[tuple[str, Mapping[str, str], list[str]]]:
    jobs: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab" / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    for name in ("plan", "deploy", "rollback"):
        variables: dict[str, str] = {}
        part = jobs[name]
        while part:
            variables = {**part.get("variables", {}), **variables}
            part = jobs.get(part.get("extends", ""))
        yield from ((name, variables, each) for each in commands("\n".join(jobs[name]["script"])))


def circleci() -> Iterator[tuple[str, Mapping[str, str], list[str]]]:
    whole: dict[str, Any] = yaml.safe_load((EXAMPLES / "circleci" / "config.yml").read_text(encoding="utf-8"))
    for name, job in whole["jobs"].items():
        variables = {**whole["executors"]["python"]["environment"], **job.get("environment", {})}
        runs = [step["run"] for step in job["steps"] if isinstance(step, dict) and "run" in step]
        script = "\n".join(run if isinstance(run, str) else run["command"] for run in runs)
        yield from ((name, variables, each) for each in commands(script))


def jenkins() -> Iterator[tuple[str, Mapping[str, str], list[str]]]:
    text = (EXAMPLES / "jenkins" / "Jenkinsfile").read_text(encoding="utf-8")
    variables = dict(re.findall(r"^        (SPOTACTION_\w+) = '(.*)'$", text, re.MULTILINE))
    run, finish = commands(text)
    for operation in re.findall(r"'(\w+)'", text.partition("choices: [")[2].partition("]")[0]):
        yes = shlex.split(text.partition("rollback) set -- ")[2].partition(" ;;")[0]) if operation == "rollback" else []
        given = [
            part for word in run for part in ([operation] if word == "$OPERATION" else yes if word == "$@" else [word])
        ]
        yield operation, variables, given
    yield "finish", variables, finish


def own(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("SPOTACTION_")}


CASES: list[Case] = [(ci.__name__, *each) for ci in (gitlab, circleci, jenkins) for each in ci()]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with the documents that the examples name."""
    shutil.copytree(EXAMPLES / "deploy", tmp_path / "examples" / "deploy")
    (tmp_path / "build").mkdir()
    monkeypatch.chdir(tmp_path)


def test_each_example_plans_deploys_and_rolls_back() -> None:
    found = {ci: [name for other, name, _, _ in CASES if other == ci] for ci in ("gitlab", "circleci", "jenkins")}
    assert found == {
        "gitlab": ["plan", "deploy", "rollback"],
        "circleci": ["plan", "deploy", "rollback"],
        "jenkins": ["plan", "deploy", "rollback", "finish"],
    }


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_its_command_does_what_its_job_is_called(case: Case, tmp_path: Path) -> None:
    ci, name, variables, arguments = case
    with stand("canary", tmp_path, QUICK) as box:
        before = box.picture()
        if name in {"rollback", "finish"}:
            box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 2}, "effect": "kill"})
            deployed, given = next((case[2], case[3]) for case in CASES if case[:2] == (ci, "deploy"))
            assert type_command(box, *given, environ={**own(deployed), "CI": "true"}).code == KILLED
            assert box.picture() != before
        told = type_command(box, *arguments, environ={**own(variables), "CI": "true"})
        assert told.code == 0, told.stdout
        assert (box.picture() == before) == (name != "deploy")


@pytest.mark.parametrize("file", ["gitlab/.gitlab-ci.yml", "circleci/config.yml", "jenkins/Jenkinsfile"])
def test_it_installs_the_released_version_and_logs_in_by_oidc(file: str) -> None:
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    assert INSTALL in text
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in text
    assert re.findall(r"AKIA|SECRET_ACCESS_KEY", text) == []
