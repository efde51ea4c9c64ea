"""The command line makes the calls of the action, one by one, for each strategy and operation."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import KILLED, QUICK, ROOT, Stand, stand
from tests.support.command_line import as_arguments, type_command

#: What both are told: the run that the markers name, and what draws the first pause before a retry.
RUN = {"GITHUB_RUN_ID": "4711", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_REPOSITORY": "example/web"}
#: Inputs of a stand that the operation init does not take.
GIVEN = ("service", "infrastructure", "artifact_version", "app_name", "instances", "strategy", "canary")
STRATEGIES = ("basic", "canary", "blue-green", "shift")
Call = tuple[Any, ...]
Done = list[tuple[int, list[Call]]]
Act = Callable[..., tuple[int, list[Call]]]
Story = Callable[[Act, Stand], Done]


@pytest.fixture(autouse=True)
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def seen(calls: list[dict[str, Any]]) -> list[Call]:
    """What was sent when, and the status of the answer; a marker's nonce is drawn anew in each run."""
    sent = [json.dumps([call["path"], call["query"], call["body"]], sort_keys=True) for call in calls]
    without = [re.sub(r"\bn=[0-9a-f]{8}\b", "n=", text) for text in sent]
    return [(call["time"], call["call"], text, call["status"]) for call, text in zip(calls, without, strict=True)]


@contextmanager
def by_action(strategy: str, folder: Path, workspace: Path = ROOT) -> Iterator[tuple[Stand, Act]]:
    with stand(strategy, folder, QUICK) as box:

        def act(operation: str, **inputs: str) -> tuple[int, list[Call]]:
            result = box.run(
                {"operation": operation, **inputs},
                environ={**RUN, "AWS_REGION": box.sandbox.region, "GITHUB_WORKSPACE": str(workspace)},
            )
            return result.code, seen(result.calls)

        yield box, act


@contextmanager
def by_command(strategy: str, folder: Path, workspace: Path = ROOT) -> Iterator[tuple[Stand, Act]]:
    assert workspace == Path.cwd()
    with stand(strategy, folder, QUICK) as box:

        def act(operation: str, **inputs: str) -> tuple[int, list[Call]]:
            given = {**box.inputs, **{name.replace("_", "-"): value for name, value in inputs.items()}}
            yes = ["--yes"] if operation == "rollback" else []
            told = type_command(box, *as_arguments(operation, given), *yes, environ=RUN)
            return told.code, seen(told.calls)

        yield box, act


def deployed(act: Act, _box: Stand) -> Done:
    return [act("deploy"), act("deploy"), act("rollback")]


def planned(act: Act, _box: Stand) -> Done:
    return [act("plan"), act("validate")]


def looked_at(act: Act, _box: Stand) -> Done:
    without = dict.fromkeys(("artifact_version", "service", "infrastructure", "instances"), "")
    named = act("rollback", app_name="web_prod", rollback_to="web_prod__none", **without)
    return [act("drift"), act("history"), named]


def continued(act: Act, box: Stand) -> Done:
    first = {"basic": "setup", "canary": "canary-deploy-1", "blue-green": "stage-setup", "shift": "shift-10"}
    strategy = "shift" if "isTrafficShift" in box.inputs.get("load-balancers", "") else box.inputs["strategy"]
    return [act("deploy", until=first[strategy]), act("continue")]


def killed_and_rolled_back(act: Act, box: Stand) -> Done:
    box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 1}, "effect": "kill"})
    return [act("deploy"), act("rollback", allow="take-over")]


def refused(act: Act, box: Stand) -> Done:
    box.sandbox.add_fault({"match": {"call": "GET /aws/ec2/group"}, "effect": "status", "status": 401})
    return [act("deploy")]


STORIES: list[tuple[Story, list[int]]] = [
    (deployed, [0, 0, 0]),
    (planned, [0, 0]),
    (looked_at, [1, 0, 3]),
    (continued, [0, 0]),
    (killed_and_rolled_back, [KILLED, 0]),
    (refused, [3]),
]


def test_init_makes_the_same_calls_and_writes_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, calls = [], []
    for number, by in enumerate((by_action, by_command)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        with by("canary", tmp_path, workspace=folder) as (_, act):
            calls.append(act("init", elastigroup_id="sig-177a818e", **dict.fromkeys(GIVEN, "")))
        files.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert calls[0] == calls[1]
    assert files[0] == files[1]
    assert (calls[0][0], len(files[0]) > 1) == (0, True)


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("story", "codes"), STORIES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_call_is_that_of_the_action(story: Story, codes: list[int], strategy: str, tmp_path: Path) -> None:
    with by_action(strategy, tmp_path) as (box, act):
        wanted, outcome = story(act, box), box.outcome()
    with by_command(strategy, tmp_path) as (box, act):
        assert (story(act, box), box.outcome()) == (wanted, outcome)
    assert [code for code, _ in wanted] == codes
