"""Ctrl-C: once rolls back as runner and post step do, twice leaves the rest; of a killed run, `finish` does it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from spotaction.sandbox.action_transport import ActionClock
from spotaction.sandbox.demo import INPUTS
from tests.support.action import KILLED, QUICK, ROOT, Stand, stand
from tests.support.cancelled_process import cloud
from tests.support.command_line import Told, as_arguments, type_command

CAPACITY, RULE = "PUT /aws/ec2/group/{id}/capacity", "ModifyRule"
STRATEGIES = ("basic", "canary", "blue-green", "shift")
CANCELLED = (
    "Cancelled. What this run changed is being rolled back, unless --on-cancel is keep; a second Ctrl-C stops that, "
    "too, and leaves the rest as it is."
)


class Keyboard(ActionClock):
    """The sandbox's clock, on which somebody presses Ctrl-C at the end of the sleep after so many seconds."""

    def __init__(self, box: Stand, presses: Sequence[float]) -> None:
        super().__init__(box.clock)
        self._left = [box.clock.now() + seconds for seconds in presses]
        self._interrupt = Cancellation()

    def new_cancellation(self) -> Cancellation:
        self._interrupt = Cancellation()
        return self._interrupt

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self._left and self.now() >= self._left[0]:
            self._left.pop(0)
            self._interrupt.request_cancel("SIGINT")
        self._interrupt.raise_if_cancelled()


@pytest.fixture(autouse=True)
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def deploy(box: Stand, *more: str, presses: Sequence[float] = ()) -> Told:
    keyboard = Keyboard(box, presses)
    arguments = [*as_arguments("deploy", box.inputs), *more]
    return type_command(box, *arguments, clock=keyboard, new_cancellation=keyboard.new_cancellation)


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seconds", [2, 70])
def test_once_rolls_back_what_the_run_changed(strategy: str, seconds: float, tmp_path: Path) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        told = deploy(box, presses=[seconds])
        assert (told.code, box.picture()) == (130, before), told.stdout
        assert CANCELLED in told.stdout
        assert "Cancelled by the runner" not in told.stdout
        assert "rolled back in" in told.stdout.splitlines()[-1]


def test_nobody_ends_a_rollback_after_four_minutes_where_there_is_no_runner(tmp_path: Path) -> None:
    """Instances of the old group, which was scaled to 0 before, take five minutes to boot."""
    slow = {"timings": {**QUICK["timings"], "spot-healthy": 300}}
    with stand("basic", tmp_path, slow) as box:
        before = box.picture()
        told = deploy(box, presses=[320])
        assert (told.code, box.picture()) == (130, before), told.stdout
        assert "capacity 2/3/6 → 0/0/0" in told.stdout.partition(CANCELLED)[0]
        assert "rolled back in" in told.stdout.splitlines()[-1]


def test_twice_leaves_the_rest_and_says_what_to_run(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        before = box.picture()
        told = deploy(box, presses=[100, 110])
        assert told.code == 130
        assert box.picture() != before
        assert "run, with the same flags, `spotaction rollback`, and --allow take-over" in told.stdout
        assert type_command(box, "rollback", "--app-name", "web_prod", "--allow", "take-over", "--yes").code == 0
        assert box.picture() == before


def test_once_with_on_cancel_keep_leaves_it_for_continue(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = deploy(box, "--on-cancel", "keep", presses=[70])
        assert told.code == 130
        assert "run, with the same flags, `spotaction continue` or `spotaction rollback`." in told.stdout
        assert type_command(box, *as_arguments("continue", box.inputs)).code == 0
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_before_the_first_write_there_is_nothing_to_roll_back(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        interrupt = Cancellation()
        interrupt.request_cancel("SIGINT")
        told = type_command(box, *as_arguments("deploy", box.inputs), new_cancellation=lambda: interrupt)
        assert (told.code, told.calls) == (130, [])
        assert "this run changed nothing; run `spotaction deploy` again when you are ready." in told.stdout
        assert CANCELLED not in told.stdout


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kept", [True, False])
def test_what_a_killed_run_left_is_rolled_back_by_finish(strategy: str, kept: bool, tmp_path: Path) -> None:  # noqa: FBT001
    with stand(strategy, tmp_path, QUICK) as box:
        before, state = box.picture(), tmp_path / "spotaction.state"
        environ = {"GITHUB_RUN_ID": "4711", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "deploy", "RUNNER_NAME": "r"}
        box.sandbox.add_fault({"match": {"call": CAPACITY, "nth": 1}, "effect": "kill"})
        arguments = as_arguments("deploy", box.inputs)
        assert type_command(box, *arguments, "--state", str(state), environ=environ).code == KILLED
        if not kept:  # as where nothing of a step that was cancelled is copied back
            state.unlink()
        told = type_command(box, "finish", *arguments[1:], "--state", str(state), environ=environ)
        assert (told.code, box.picture()) == (0, before), told.stdout
        missing = f"warning: {state} does not exist. Without it, the deployment of this run is found by its marker.\n"
        assert told.stdout.count(missing) == (not kept)


def test_a_state_file_that_does_not_exist_is_named_before_what_is_missing_without_it(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        told = type_command(box, "finish", "--state", str(tmp_path / "typo"))
        assert told.code == 2
        first, second = told.stdout.splitlines()[:2]
        assert first.startswith(f"warning: {tmp_path / 'typo'} does not exist.")
        assert second.startswith("error: ")


def test_finish_after_a_run_that_ended_does_nothing(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        state = ["--state", str(tmp_path / "spotaction.state")]
        assert deploy(box, *state).code == 0
        told = type_command(box, "finish", *state)
        line = "The deployment ended as deployed: the post step has nothing to do.\n"
        assert (told.code, told.stdout, told.calls) == (0, line, [])


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_gets_the_signal_rolls_back_and_ends(number: signal.Signals, tmp_path: Path) -> None:
    with cloud("basic", tmp_path, {"timings": {"fulfil": 600, "spot-healthy": 0, "target-healthy": 0}}) as box:
        before = box.groups
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SPOTINST_TOKEN": box.sandbox.token,
            "SPOTINST_ACCOUNT": box.sandbox.account_id,
            "SPOTACTION_SPOT_API_URL": box.sandbox.spot_url,
            **box.sandbox.environment(),
        }
        command = [sys.executable, "-m", "spotaction", *as_arguments("deploy", INPUTS["basic"])]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            try:
                deadline = time.monotonic() + 30
                while not box.called(CAPACITY):
                    assert process.poll() is None, process.communicate()[0]
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                process.send_signal(number)
                log, _ = process.communicate(timeout=60)
            finally:
                process.kill()
        assert (process.returncode, box.groups) == (130, before), log
        assert f"Cancelled ({number.name})." in log
