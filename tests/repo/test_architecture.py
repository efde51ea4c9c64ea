"""docs/architecture.md: the files that its stories name are there, and lead from one to the next."""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

from spotaction.cloud.clock import Cancellation
from spotaction.post import main_post
from spotaction.sandbox.action_transport import ActionClock
from tests.support.action import ROOT, Stand, stand
from tests.support.documents import section

STORIES = ["From canary: 34% for 5m to the PUT", "From SIGTERM to the restored rule"]


class Stop(NamedTuple):
    """A file of a story, and the function or class in it that the story names first."""

    file: str
    name: str


def parts(heading: str) -> list[list[Stop]]:
    """The numbered lists of a story."""
    found: list[list[Stop]] = []
    pattern = r"^(\d+)\. \[`([\w/.]+)`\]\(\.\./([\w/.]+)\): `(\w+)`"
    for number, shown, linked, name in re.findall(pattern, section("docs/architecture.md", heading), re.MULTILINE):
        assert shown == linked
        if number == "1":
            found.append([])
        found[-1].append(Stop(shown, name))
        assert len(found[-1]) == int(number), f"{number}. of {heading} is not of the form of the others"
    return found


def parse(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imported_by(file: str) -> set[str]:
    """The files of the project that a file imports."""
    found = set[str]()
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found.update(f"{module.replace('.', '/')}.py" for module in modules)
    return {name for name in found if (ROOT / name).is_file()}


def called_by(file: str) -> set[str]:
    """The names of methods that a file calls on something."""
    calls = (node.func for node in ast.walk(parse(file)) if isinstance(node, ast.Call))
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def are_linked(one: Stop, other: Stop) -> bool:
    imports = other.file in imported_by(one.file) or one.file in imported_by(other.file)
    return imports or other.name in called_by(one.file) or one.name in called_by(other.file)


@pytest.mark.parametrize("heading", STORIES)
def test_a_story_takes_twelve_files_at_most(heading: str) -> None:
    files = {stop.file for part in parts(heading) for stop in part}
    assert 5 < len(files) <= 12


@pytest.mark.parametrize("heading", STORIES)
def test_every_function_that_a_story_names_is_in_its_file(heading: str) -> None:
    for part in parts(heading):
        for stop in part:
            assert Path(ROOT / stop.file).is_file()
            kinds = ast.FunctionDef | ast.ClassDef
            defined = {node.name for node in ast.walk(parse(stop.file)) if isinstance(node, kinds)}
            assert stop.name in defined, stop


@pytest.mark.parametrize("heading", STORIES)
def test_each_file_of_a_story_leads_to_the_next(heading: str) -> None:
    broken = [(a.file, b.file) for part in parts(heading) for a, b in pairwise(part) if not are_linked(a, b)]
    assert broken == []


def classes_with_base(port: str) -> list[str]:
    """The classes of the cloud and the engine whose base is the port, in the order of the table's columns."""
    folder = ROOT / "spotaction"
    files = [
        *sorted((folder / "cloud").rglob("*.py")),
        *(folder / f"engine/{name}.py" for name in ("guarded_ports", "dry_run")),
    ]
    classes = [node for file in files for node in ast.walk(parse(str(file))) if isinstance(node, ast.ClassDef)]
    return [node.name for node in classes if any(isinstance(base, ast.Name) and base.id == port for base in node.bases)]


def test_the_table_of_ports_has_every_class_behind_each() -> None:
    rows = [line for line in section("docs/architecture.md", "Ports").splitlines() if line.startswith("|")][2:]
    listed = [re.findall(r"`(\w+)`", row) for row in rows]
    assert [[port, *classes_with_base(port)] for port, *_ in listed] == listed


def test_a_link_that_is_missing_is_noticed() -> None:
    assert not are_linked(Stop("spotaction/cloud/clock.py", "sleep"), Stop("spotaction/inputs/fields.py", "Inputs"))


class CancelledClock(ActionClock):
    """The sandbox's clock, on which the runner asks us to stop once a rule was written."""

    def __init__(self, box: Stand, interrupt: Cancellation) -> None:
        super().__init__(box.clock)
        self._interrupt, self._sandbox = interrupt, box.sandbox

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if any(call["call"] == "ModifyRule" for call in self._sandbox.calls()):
            self._interrupt.request_cancel("SIGTERM")
        self._interrupt.raise_if_cancelled()


@contextmanager
def traced() -> Iterator[list[Stop]]:
    """The functions of the action that are called, in order."""
    calls: list[Stop] = []
    package = f"{ROOT / 'spotaction'}/"

    def note(frame: FrameType, event: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(package):
            calls.append(Stop(file.removeprefix(f"{ROOT}/"), frame.f_code.co_name))

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def missing_in(calls: list[Stop], told: list[Stop]) -> list[Stop]:
    """What was not called after what is told before it."""
    rest = iter(calls)
    return [stop for stop in told if stop not in rest]


def functions(stops: list[Stop]) -> list[Stop]:
    return [stop for stop in stops if stop.name.islower()]


def test_a_canary_takes_the_way_of_the_first_story(tmp_path: Path) -> None:
    with stand("canary", tmp_path) as box, traced() as calls:
        assert box.run(canary="34% for 5m").code == 0
    assert missing_in(calls, functions(parts(STORIES[0])[0])) == []


def test_a_cancel_and_the_post_step_take_the_way_of_the_second_story(tmp_path: Path) -> None:
    main, later = parts(STORIES[1])
    with stand("shift", tmp_path) as box:
        interrupt = Cancellation(now=box.clock.now)
        with traced() as calls:
            cancelled = box.run(clock=CancelledClock(box, interrupt), interrupt=interrupt)
        assert cancelled.outputs["status"] == "cancelled", cancelled.log
        begin = next(n for n, stop in enumerate(main) if stop.file.endswith("engine/rollback.py"))
        real = {"spotaction/entrypoints.py", "spotaction/cloud/clock.py"}  # the sandbox has a clock of its own
        assert [stop for stop in main if stop.file not in real and stop not in calls] == []
        assert missing_in(calls, main[begin:]) == []
        with traced() as calls:
            state = {f"STATE_{name}": value for name, value in cancelled.state.items()}
            assert box.run(act=main_post, environ=state).outputs["status"] == "rolled-back"
        assert missing_in(calls, later) == []
