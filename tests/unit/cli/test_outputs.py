"""The outputs in a file of either kind, and the state that a killed run left."""

import json
from pathlib import Path

import pytest

from spotaction.cli.outputs import check_path, read_state, write_outputs
from spotaction.model.errors import InvalidError

OUTPUTS = {
    "status": "deployed",
    "ami-name": "web 2026",
    "ami-id": "ami-1",
    "instances": '[{"id": "i-1"}]',
    "summary-markdown": "## a\nb",
    "elastigroup-id": "",
}


def test_a_json_file_has_all_outputs(tmp_path: Path) -> None:
    assert write_outputs(tmp_path / "out.json", OUTPUTS) == ()
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == OUTPUTS


def test_lines_have_what_needs_no_quotes_and_the_rest_is_named(tmp_path: Path) -> None:
    assert write_outputs(tmp_path / "out.env", OUTPUTS) == ("ami-name", "instances", "summary-markdown")
    assert (tmp_path / "out.env").read_text(encoding="utf-8") == (
        "SPOTACTION_OUTPUT_STATUS=deployed\nSPOTACTION_OUTPUT_AMI_ID=ami-1\nSPOTACTION_OUTPUT_ELASTIGROUP_ID=\n"
    )


@pytest.mark.parametrize("name", [".", "none/out.env"])
def test_a_path_that_cannot_be_written_is_an_error_before_the_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidError, match=r"^--outputs: '.*' is (a folder|in 'none', which is not a folder) "):
        check_path(name, "--outputs")


def test_a_state_that_was_cut_has_its_complete_values(tmp_path: Path) -> None:
    file = tmp_path / "state"
    whole = "operation<<a\ndeploy\na\nstatus<<b\nrunning\nb\nstatus<<c\ncancelled\nc\n"
    for length in range(len(whole) + 1):
        file.write_text(whole[:length], encoding="utf-8")
        found = read_state(file)
        assert found.get("operation", "deploy") == "deploy"
        assert found.get("status", "running") in {"running", "cancelled"}
    assert read_state(file) == {"operation": "deploy", "status": "cancelled"}


def test_no_state_is_an_empty_one_and_an_unreadable_one_an_error(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none") == {}
    (tmp_path / "state").write_bytes(b"\xff")
    for path in (tmp_path, tmp_path / "state"):
        with pytest.raises(InvalidError, match="cannot be read"):
            read_state(path)
