"""Killed at every call: another run finishes the deployment, or puts everything back, from what the cloud tells."""

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS, environment
from tests.support.action import JSON, KILLED, QUICK, ROOT, Result, Stand, stand

STRATEGIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary": ("canary", {"canary": "34%"}),
    "swap": ("blue-green", {"downsize_old": "after 0s"}),
    "shift": ("shift", {"downsize_old": "after 0s", "traffic_weights": "50, 100"}),
}


#: The kills of a strategy come in so many parts, for workers to share.
PARTS = {"basic": 1, "canary": 2, "swap": 2, "shift": 2}
EACH = [(strategy, part) for strategy, parts in PARTS.items() for part in range(parts)]
CREATE = "POST /aws/ec2/group"


@dataclass(frozen=True)
class Kill:
    """Where a run dies: at the call of this index, before it or (`kill`) after it took effect."""

    index: int
    effect: str = "kill-before"

    @property
    def fault(self) -> JSON:
        return {"match": {"index": self.index}, "effect": self.effect}


@dataclass(frozen=True)
class Whole:
    """An undisturbed deployment: what it leads to, the ways to be killed on it, the index of its create,
    and the first and the last of the most reads at one instant.
    """

    end: JSON
    kills: tuple[Kill, ...]
    writes: tuple[Kill, ...]
    create: int
    reads: tuple[Kill, Kill]


@cache
def whole(strategy: str) -> Whole:
    """One kill per state of the cloud: before the first call of every instant, and after every write.

    To die before a later call of the same instant leaves the same cloud at the same time. To die right after a call is
    to die before the next one, so only the last write needs both ways.
    """
    scenario, inputs = STRATEGIES[strategy]
    with tempfile.TemporaryDirectory() as folder, stand(scenario, Path(folder), QUICK) as box:
        result = box.run(inputs)
        assert result.outputs["status"] == "deployed", result.log
        writes = [call["index"] for call in result.mutations]
        instants = instants_of(result.calls)
        most = max(instants, key=len)
        return Whole(
            end=box.outcome(),
            kills=(*(Kill(instant[0]) for instant in instants), Kill(writes[-1], "kill")),
            writes=tuple(Kill(index, "kill") for index in writes),
            create=writes[0],
            reads=(Kill(most[0]), Kill(most[-1])),
        )


def instants_of(calls: list[JSON]) -> list[list[int]]:
    """The indices of the calls before which the cloud is the same: at one time, with no write between them."""
    instants: dict[tuple[float, int], list[int]] = {}
    writes = 0
    for call in calls:
        instants.setdefault((call["time"], writes), []).append(call["index"])
        writes += call["mutation"]
    return list(instants.values())


@contextmanager
def killed(strategy: str, kill: Kill) -> Iterator[tuple[Stand, JSON, Result]]:
    """A stand on which a deployment was killed, and how things stood before; nothing happened after the call."""
    scenario, inputs = STRATEGIES[strategy]
    with tempfile.TemporaryDirectory() as folder, stand(scenario, Path(folder), QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault(kill.fault)
        result = box.run(inputs)
        assert result.code == KILLED
        assert result.calls[-1]["fault"] == kill.effect
        yield box, before, result


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_there_is_enough_to_be_killed(strategy: str) -> None:
    found = whole(strategy)
    assert len([kill for kill in found.kills if kill.index > found.create]) >= 10


def test_the_documentation_says_at_how_many_points() -> None:
    points = {strategy: len(whole(strategy).kills) for strategy in STRATEGIES}
    said = (
        f"kills a swap at {points['swap']} points, a shift at {points['shift']}, a canary at {points['canary']} "
        f"and a basic deployment at {points['basic']}"
    )
    assert said in " ".join((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_kill_at_a_later_read_of_one_instant_leaves_the_same_cloud(strategy: str) -> None:
    left = []
    for kill in whole(strategy).reads:
        with killed(strategy, kill) as (box, _, _):
            left.append(re.sub(r" n=[0-9a-f]{8} ", " n=(random) ", json.dumps(box.sandbox.state())))
    assert left[0] == left[1]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("strategy", "part"), EACH)
def test_continue_finishes_what_was_killed_at_any_call(strategy: str, part: int) -> None:
    found = whole(strategy)
    for kill in found.kills[part :: PARTS[strategy]]:
        with killed(strategy, kill) as (box, before, _):
            result = box.run(STRATEGIES[strategy][1], operation="continue", attempt="2")

            nothing_there = kill.index <= found.create
            assert result.outputs["status"] == ("refused" if nothing_there else "deployed"), (kill, result.log)
            assert (box.picture() == before) if nothing_there else (box.outcome() == found.end), (kill, result.log)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("strategy", "part"), EACH)
def test_rollback_restores_what_was_killed_at_any_call(strategy: str, part: int) -> None:
    found = whole(strategy)
    for kill in found.kills[part :: PARTS[strategy]]:
        with killed(strategy, kill) as (box, before, _):
            result = box.run(STRATEGIES[strategy][1], operation="rollback", attempt="2")

            ended = "unchanged" if kill.index <= found.create else "rolled-back"
            assert (result.code, result.outputs["status"]) == (0, ended), (kill, result.log)
            assert box.picture() == before, (kill, result.log)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_record_of_the_state_is_enough_after_every_write(strategy: str) -> None:
    found = whole(strategy)
    for number, kill in enumerate(found.writes):
        operation = ("continue", "rollback")[number % 2]
        with killed(strategy, kill) as (box, before, dead):
            record = dead.state["deployment"]
            result = box.run(STRATEGIES[strategy][1], operation=operation, attempt="2", deployment=record)

            assert result.code == 0, (kill, result.log)
            assert (box.outcome() == found.end) if operation == "continue" else (box.picture() == before), (
                kill,
                result.log,
            )


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_create_that_was_not_answered_is_found_from_the_record(operation: str) -> None:
    """The record was saved before the answer came: it knows no new group, and there must not be a second one."""
    found = whole("swap")
    with killed("swap", found.writes[0]) as (box, before, dead):
        assert json.loads(dead.state["deployment"])["new"] is None
        result = box.run(operation=operation, attempt="2", deployment=dead.state["deployment"])

        assert result.code == 0, result.log
        assert len([call for call in result.calls if call["call"] == CREATE]) == 0
        assert (box.outcome() == found.end) if operation == "continue" else (box.picture() == before)


CHILD = """
import os, sys
from spotaction.main import main
from spotaction.sandbox.clock import RealClock
from spotaction.sandbox.action_transport import ActionClock
sys.exit(main(os.environ, sys.stdout, clock=ActionClock(RealClock(100))))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "operation"),
    [(CREATE, "continue"), ("ModifyRule", "rollback"), ("PUT /aws/ec2/group/{id}", "continue")],
)
def test_a_process_that_is_really_killed_leaves_enough_behind(tmp_path: Path, call: str, operation: str) -> None:
    children: list[subprocess.Popen[str]] = []
    scenario = yaml.safe_load((ROOT / "examples/sandbox/blue-green.yaml").read_text(encoding="utf-8"))
    scenario = {**scenario, **QUICK, "filler-groups": 0}
    box = Sandbox(scenario, clock=RealClock(100), on_kill=lambda: children[-1].kill())  # noqa: PLW0108 - the list is empty yet
    with box:
        names = {group["name"] for group in box.state()["groups"]}
        box.add_fault({"match": {"call": call}, "effect": "kill"})
        assert _child(box, tmp_path, children, {}) == -signal.SIGKILL

        assert _child(box, tmp_path, children, {"INPUT_OPERATION": operation, "GITHUB_RUN_ATTEMPT": "2"}) == 0
        groups = {g["name"] for g in box.state()["groups"] if g["deleted"] is None}
        forwards = {r["name"]: r["forward"][0]["target-group"].split("/")[1] for r in box.state()["routes"]}
        green = {"continue": "web-green", "rollback": "web-blue"}[operation]
        assert forwards["web-alb:443/10"] == green
        assert groups == (names | {"web_prod__STAGE__Harness"} if operation == "continue" else names)
        assert box.state()["production"][0]["minimum-so-far"] == 3


def _child(box: Sandbox, folder: Path, children: list["subprocess.Popen[str]"], more: Mapping[str, str]) -> int:
    environ = {**environment(box, {**INPUTS["blue-green"], "downsize-old": "after 0s"}, folder), **more}
    child = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", CHILD],
        env={"PATH": "", **environ, "GITHUB_WORKSPACE": str(ROOT), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    children.append(child)
    child.communicate(timeout=60)
    return child.returncode
