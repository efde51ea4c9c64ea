"""Streams that are closed, full, left by their reader, or not in UTF-8; a process of its own has each of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import ROOT
from tests.support.project import VERSION

FULL = Path("/dev/full")
COMMAND = "import sys; from spotaction.cli.command_line import run; sys.exit(run())"
INVALID = ("validate", "--app-name", "web_prod")
NEEDS_FULL = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is full")


def shell(line: str, *arguments: str, more: Mapping[str, str] = {}, folder: Path = ROOT) -> tuple[int, str, str]:
    """Run the command line as `"$@"` in a line of bash, which redirects its streams."""
    done = subprocess.run(  # noqa: S603 - our own words
        ["/bin/bash", "-c", f"set -o pipefail; {line}", "bash", sys.executable, "-c", COMMAND, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((*INVALID, "--json"), 2), (INVALID, 2), (("validate", "/nope"), 2), (("--version",), 0)],
    ids=["report", "log", "files", "version"],
)
def test_a_reader_that_has_left_does_not_change_the_exit_code(arguments: tuple[str, ...], code: int) -> None:
    ended, _, told = shell('{ "$@"; echo "$?" >&2; } | true', *arguments)
    assert (ended, told.splitlines()[-1], "Traceback" in told) == (0, str(code), False), told


@NEEDS_FULL
def test_what_could_not_be_printed_is_told_on_stderr() -> None:
    why = "No space left on device"
    assert shell('"$@" > /dev/full', "--version") == (6, "", f"spotaction: nothing could be printed: {why}\n")
    assert shell('"$@" > /dev/full', "validate", "/nope") == (6, "", f"spotaction: nothing could be printed: {why}\n")
    code, _, told = shell('"$@" > /dev/full', *INVALID, "--json")
    assert (code, told.splitlines()[-1]) == (2, f"error: the report could not be printed: {why}")


def test_closed_streams_are_as_good_as_none() -> None:
    assert shell('"$@" >&-', *INVALID)[0] == 2
    assert shell('"$@" <&- >&- 2>&-', *INVALID, "--json") == (2, "", "")
    code, told, _ = shell('"$@" 2>&-', *INVALID, "--json")
    assert (code, json.loads(told)["status"]) == (2, "invalid")
    assert shell('"$@" 2>&-', "--version") == (0, f"spotaction {VERSION}\n", "")


def test_another_encoding_than_utf_8_escapes_what_it_lacks() -> None:
    code, told, _ = shell('"$@"', "deploy", "--help", more={"PYTHONIOENCODING": "latin-1"})
    assert (code, "usage: spotaction deploy [--flag VALUE\\u2026]" in told) == (0, True)
    more = {"PYTHONIOENCODING": "ascii", "SPOTACTION_APP_NAME": "wéb", "SPOTACTION_WÉB": "1"}
    code, told, _ = shell('"$@"', "validate", "--json", more=more)
    assert (code, json.loads(told)["problems"][0]["subject"]) == (2, "SPOTACTION_WÉB")


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    for arguments in (INVALID, ("validate", "service.yaml")):
        gone.mkdir(exist_ok=True)
        code, told, error = shell('rmdir ../gone; "$@"', *arguments, folder=gone)
        assert (code, told) == (2, "")
        assert error == "spotaction: the current folder no longer exists: change to the one with the documents\n"
