"""A runner whose disk is full: nothing is begun that could not be reported, and nothing that was done is hidden."""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from tests.support.action import QUICK, Result, stand
from tests.support.runner_files import commands_in, outputs_in

FULL = "No space left on device"


class Disk:
    """One file of the runner; the disk gets full at a call to the clouds, and has space again at another."""

    def __init__(self, folder: Path, *, full_at: str = "", free_at: str = "") -> None:
        self.file, self.aside = folder / "file", folder / "aside"
        self.file.write_text("", "utf-8")
        self.full_at, self.free_at = full_at, free_at
        if not full_at:
            self.fill()

    def fill(self) -> None:
        self.file.rename(self.aside)
        self.file.symlink_to("/dev/full")

    def wrap(self, app: WSGIApplication) -> WSGIApplication:
        def watched(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            if self.full_at and self.full_at in call and not self.aside.exists():
                self.fill()
            elif self.free_at and self.free_at in call and self.file.is_symlink():
                self.aside.replace(self.file)
            return app(environ, start)

        return watched


def errors(result: Result) -> list[str]:
    return [command.data for command in commands_in(result.log) if command.name == "error"]


@pytest.mark.parametrize("name", ["GITHUB_STATE", "GITHUB_OUTPUT"])
def test_a_deployment_that_could_not_be_reported_is_refused_before_the_first_write(tmp_path: Path, name: str) -> None:
    disk = Disk(tmp_path)
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(environ={name: str(disk.file)})

        assert (result.code, result.mutations) == (3, [])
        (error,) = errors(result)
        assert error == (
            f"Outputs and state of the action cannot be written ({name}: {FULL}). "
            "Next: free disk space on the runner and run again."
        )


@pytest.mark.parametrize("name", ["GITHUB_STATE", "GITHUB_OUTPUT"])
def test_a_deployment_whose_outputs_got_lost_continues_and_is_no_success(tmp_path: Path, name: str) -> None:
    disk = Disk(tmp_path, full_at="PUT /aws/ec2/group")
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(environ={name: str(disk.file)}, wrap=disk.wrap)

        serving = {name: capacity for name, capacity in box.capacities().items() if capacity != "0/0/0"}
        assert (result.code, serving) == (6, {"web_prod__8": "2/3/6"})
        (error,) = errors(result)
        assert error.startswith("The operation ended as deployed, but deployment, "), error
        assert f"({name}: {FULL}), so later steps would read outdated values or none. Next: free disk space" in error
        assert outputs_in(disk.aside.read_text("utf-8"))["deployment"]
        assert "deployed" in result.summary

        again = box.run(run_id="4712")
        assert (again.code, again.outputs["status"]) == (0, "unchanged")
        assert again.outputs["elastigroup-id"] == box.groups()["web_prod__8"]["id"]


def test_what_was_lost_is_written_when_the_disk_has_space_again(tmp_path: Path) -> None:
    disk = Disk(tmp_path, full_at="POST /aws/ec2/group", free_at="PUT /aws/ec2/group")
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(environ={"GITHUB_OUTPUT": str(disk.file)}, wrap=disk.wrap)
        outputs = outputs_in(disk.file.read_text("utf-8"))

        assert (result.code, errors(result), outputs["status"]) == (0, [], "deployed")
        assert outputs["previous-elastigroup-id"] == box.groups()["web_prod__7"]["id"]


def test_a_rollback_is_never_refused_for_a_full_disk(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        stopped = box.run(until="setup")
        disk = Disk(tmp_path)
        result = box.run(
            operation="rollback", run_id="4712", environ={"GITHUB_STATE": str(disk.file)}, allow="take-over"
        )

        assert (stopped.outputs["status"], result.outputs["status"], result.code) == ("stopped", "rolled-back", 6)
        assert "web_prod__8" not in box.capacities()
