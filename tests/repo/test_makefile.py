"""The commands of this project: listed in groups, and what they name is there."""

import re
import subprocess

from tests.support.project import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_help_lists_every_command_in_its_group() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    commands = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[0].split()
    assert sorted(re.findall(r"^  make ([a-z-]+) ", told, re.MULTILINE)) == sorted(commands)
    assert re.findall(r"^(\w+)$", told, re.MULTILINE) == ["Use", "Develop", "Prove"]


def test_what_the_inner_loop_leaves_out_is_there() -> None:
    left_out = re.findall(r"tests/[\w./]+", MAKEFILE.partition("SLOW :=")[2].partition("\n\n")[0])
    assert left_out
    assert [path for path in left_out if not (ROOT / path).exists()] == []


def test_a_change_has_to_pass_checks_and_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\S+)$", script, re.MULTILINE) == ["check", "test", "test-slow", "wheel-test"]
