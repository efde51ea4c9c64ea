"""docs/architecture.md: the files that its stories name are there, and lead from one to the next."""

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.action import ROOT
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


def test_a_link_that_is_missing_is_noticed() -> None:
    assert not are_linked(Stop("spotaction/cloud/clock.py", "sleep"), Stop("spotaction/inputs/fields.py", "Inputs"))
