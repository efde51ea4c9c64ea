import io
import json
from pathlib import Path

import pytest

from spotaction.github.progress import Progress
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model import record
from spotaction.model.deployment import Status
from spotaction.model.errors import FailedError, InvalidError, Problem, SourceLocation
from spotaction.model.events import Note, StepFinished, StepStarted
from tests.support.fakes import NEW_ID, OLD_ID, FakeClock, deployment, group, instances
from tests.support.runner_files import Command, commands_in, outputs_in

FILES = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")


class Written:
    """A progress and what it writes."""

    def __init__(self, folder: Path) -> None:
        self.files = {name: folder / name for name in FILES}
        for file in self.files.values():
            file.write_text("", encoding="utf-8")
        self.stdout = io.StringIO()
        environ = {name: str(file) for name, file in self.files.items()}
        self.progress = Progress(WorkflowCommands(environ, self.stdout), FakeClock(), app="web")

    def read(self, name: str) -> str:
        return self.files[name].read_text(encoding="utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_in(self.read("GITHUB_OUTPUT"))

    @property
    def state(self) -> dict[str, str]:
        return outputs_in(self.read("GITHUB_STATE"))

    @property
    def annotations(self) -> list[Command]:
        return [command for command in commands_in(self.stdout.getvalue()) if command.name == "error"]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)


def test_a_saved_record_is_in_the_outputs_and_in_the_state_at_once(written: Written) -> None:
    saved = deployment(OLD, NEW)
    written.progress.save_record(saved)
    assert json.loads(written.outputs["deployment"]) == record.to_json(saved)
    assert written.state["deployment"] == written.outputs["deployment"]
    assert {name: value for name, value in written.outputs.items() if name != "deployment"} == {
        "status": "running",
        "ami-id": "ami-0aaaaaaaaaaaaaaa2",
        "ami-name": "web-2",
        "elastigroup-id": "sig-0000000b",
        "elastigroup-name": "web__8",
        "previous-elastigroup-id": "sig-0000000a",
    }


def test_of_a_first_deployment_no_previous_group_is_put_out(written: Written) -> None:
    written.progress.save_record(deployment())
    assert {"elastigroup-id", "elastigroup-name", "previous-elastigroup-id"}.isdisjoint(written.outputs)


@pytest.mark.parametrize("status", [Status.ROLLED_BACK, Status.PLANNED])
def test_a_new_group_that_is_not_there_is_put_out_as_none(written: Written, status: Status) -> None:
    written.progress.save_record(deployment(OLD, NEW))
    written.progress.save_record(deployment(OLD, NEW, status=status))
    assert (written.outputs["elastigroup-id"], written.outputs["elastigroup-name"]) == ("", "")
    assert written.outputs["previous-elastigroup-id"] == OLD_ID


def test_the_summary_is_written_at_the_end_of_each_step(written: Written) -> None:
    written.progress.save_record(deployment(OLD, NEW))
    written.progress.handle_event(StepStarted("setup"))
    assert written.read("GITHUB_STEP_SUMMARY") == ""
    written.progress.handle_event(StepFinished("setup", 1.0))
    assert "setup" in written.read("GITHUB_STEP_SUMMARY")


def test_after_many_steps_the_summary_is_written_when_a_tenth_of_them_is_not_in_it(written: Written) -> None:
    rewritten = []
    for number in range(1, 40):
        before = written.read("GITHUB_STEP_SUMMARY")
        written.progress.handle_event(StepStarted(f"phase-{number}"))
        written.progress.handle_event(StepFinished(f"phase-{number}", 1.0, "done"))
        if written.read("GITHUB_STEP_SUMMARY") != before:
            rewritten.append(number)
    assert rewritten == [*range(1, 11), 11, 13, 15, 17, 19, 21, 24, 27, 30, 33, 37]
    written.progress.finish_run()
    assert "phase-39" in written.read("GITHUB_STEP_SUMMARY")


def test_events_are_in_the_log_at_once(written: Written) -> None:
    written.progress.handle_event(Note("Capacity 2/3/6 from the running group web__7."))
    assert "Capacity 2/3/6 from the running group web__7." in written.stdout.getvalue()


def test_at_the_end_status_instances_and_summary_are_put_out(written: Written) -> None:
    written.progress.status = Status.DEPLOYED
    written.progress.instances = instances("sig-1", 2)
    written.progress.finish_run()
    assert json.loads(written.outputs["instances"]) == [
        {"id": f"i-sig-1-{number}", "health": "HEALTHY", "zone": "", "lifeCycle": ""} for number in range(2)
    ]
    assert written.outputs["status"] == written.state["status"] == "deployed"
    assert written.outputs["summary-markdown"] == written.read("GITHUB_STEP_SUMMARY")


def test_each_problem_is_an_annotation_at_its_place(written: Written) -> None:
    problems = [
        Problem("is missing", "service.name", SourceLocation("service.yaml", 3, 5)),
        Problem("is not a duration", "bake-time", hint="for example 90s"),
    ]
    written.progress.note_failure(InvalidError(problems), Status.INVALID)
    first, second = written.annotations
    assert dict(first.properties) == {"file": "service.yaml", "line": "3", "col": "5", "title": "Invalid"}
    assert second.data == "bake-time: is not a duration (for example 90s)"
    assert (written.progress.status, written.progress.problems) == (Status.INVALID, tuple(problems))


def test_a_failure_is_one_annotation_with_what_to_do_next(written: Written) -> None:
    written.progress.note_failure(FailedError("web__8 never got healthy.", next_step="look there"), Status.ROLLED_BACK)
    assert written.annotations == [
        Command("error", (("title", "web: rolled back"),), "web__8 never got healthy. Next: look there.")
    ]
    assert (written.progress.reason, written.progress.next_step) == ("web__8 never got healthy.", "look there")


def test_a_known_region_is_kept_for_the_post_step(written: Written) -> None:
    written.progress.environment = "prod"
    written.progress.set_region("us-east-1")
    assert written.state == {"region": "us-east-1", "environment": "prod"}


@pytest.mark.parametrize("word", ["web__8", "name", "sig-0000000b", "us-east-1", "HEALTHY"])
def test_what_is_read_again_keeps_its_words_though_one_is_a_secret(written: Written, word: str) -> None:
    saved = deployment(OLD, NEW)
    saved.reason, saved.rollback_failures = f"no {word}", [f"not {word}"]
    written.progress.commands.mask(word)
    written.progress.set_region("us-east-1")
    written.progress.save_record(saved)
    kept = {**record.to_json(saved), "reason": "no ***", "undone": ["not ***"]}
    assert json.loads(written.state["deployment"]) == json.loads(written.outputs["deployment"]) == kept
    assert written.state["region"] == "us-east-1"
    assert written.outputs["elastigroup-name"] == "web__8"
