"""What the command line prints and writes: a log in flags, a report alone on stdout, outputs, no secret."""

import json
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, ROOT, stand
from tests.support.command_line import as_arguments, type_command


@pytest.fixture(autouse=True)
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_with_json_stdout_has_the_report_and_nothing_else(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, *as_arguments("deploy", box.inputs), "--json")
        report = json.loads(told.stdout)
        assert (told.code, report["status"], report["operation"], report["app"]) == (
            0,
            "deployed",
            "deploy",
            "web_prod",
        )
        assert report["actor"] == "anna"
        assert "--- canary-deploy-1" in told.stderr


def test_the_report_of_what_cannot_be_used_has_its_problems_as_flags(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, "deploy", "--strategy", "canari", "--json", "--app-name", "a", "--alarms", "@no")
        report = json.loads(told.stdout)
        assert (told.code, report["status"], told.calls) == (2, "invalid", [])
        assert [problem["subject"] for problem in report["problems"]] == ["--alarms"]
        told = type_command(box, "deploy", "--strategy", "canari", "--json", "--app-name", "a")
        report = json.loads(told.stdout)
        assert [p["subject"] for p in report["problems"]] == ["--strategy", "--service", "--infrastructure"]
        lines = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
        assert lines[0].startswith("error: --strategy: ")
        assert len(lines) == 3


def test_no_log_outside_of_github_has_a_workflow_command_or_a_secret(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        more = ["--secrets", "PASSWORD: correct horse battery", "--outputs", str(tmp_path / "out.json")]
        told = type_command(box, *as_arguments("deploy", box.inputs), *more)
        text = told.stdout + told.stderr + (tmp_path / "out.json").read_text(encoding="utf-8")
        assert [line for line in told.stdout.splitlines() if line.startswith("::")] == []
        secrets = (box.sandbox.token, box.sandbox.access_key[1], "correct horse battery")
        assert [secret for secret in secrets if secret in text] == []


def test_on_github_the_log_has_the_runners_commands_and_the_outputs_are_set(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        environ = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "1", "GITHUB_REPOSITORY": "example/web", **files}
        told = type_command(box, *as_arguments("deploy", box.inputs), environ=environ)
        assert (told.code, "::group::canary-deploy-1" in told.stdout) == (0, True)
        assert "status<<" in Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
        again = type_command(box, "rollback", "--app-name", "web_prod", environ=environ)  # no terminal, and no question
        assert (again.code, box.capacities()["web_prod__7"]) == (0, "2/3/6")


def test_outputs_and_summary_are_written_also_where_the_run_fails(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": "GET /aws/ec2/group"}, "effect": "status", "status": 401})
        files = ["--outputs", str(tmp_path / "out.env"), "--summary", str(tmp_path / "summary.md")]
        told = type_command(box, *as_arguments("deploy", box.inputs), *files)
        assert told.code == 3
        assert "SPOTACTION_OUTPUT_STATUS=refused\n" in (tmp_path / "out.env").read_text(encoding="utf-8")
        assert "refused" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_ends_the_command_before_any_call(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, *as_arguments("deploy", box.inputs), "--outputs", str(tmp_path))
        assert (told.code, told.calls) == (2, [])
        assert told.stdout == f"error: --outputs: {str(tmp_path)!r} is a folder (choose another path)\n"


def test_a_warning_is_printed_once_since_nothing_is_folded(tmp_path: Path) -> None:
    with stand("canary", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "boots": False}]}) as box:
        told = type_command(box, *as_arguments("deploy", box.inputs))
        assert told.code == 1
        lines = [line.partition("  ")[2].strip() or line for line in told.stdout.splitlines()]
        marked = [line for line in lines if line.startswith(("warning: ", "error: "))]
        assert marked
        assert len(set(marked)) == len(marked)
        assert told.stdout.count("canary-deploy-1 failed after") == 1


@pytest.mark.parametrize("option", ["--outputs", "--summary", "--state"])
def test_a_name_that_no_file_can_have_ends_the_command_before_any_call(option: str, tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, *as_arguments("deploy", box.inputs), option, "a" * 300)
        assert (told.code, told.calls) == (2, [])
        assert (
            told.stdout
            == f"error: {option}: {'a' * 300!r} cannot be written (File name too long) (choose another path)\n"
        )


def test_a_state_that_cannot_be_written_ends_the_command_before_any_call(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, *as_arguments("deploy", box.inputs), "--state", "/proc/state")
        assert (told.code, told.calls) == (2, [])
        assert told.stdout.startswith("error: --state: '/proc/state' cannot be written (")
