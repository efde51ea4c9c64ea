"""What a person reads of a run, kept as files: `pytest --rewrite-golden` writes them anew, for review as a diff."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from spotaction.sandbox import JumpingClock
from spotaction.sandbox.action_transport import ActionClock
from tests.support.action import ROOT, Result, Stand, stand

GOLDEN = Path(__file__).parents[1] / "golden"


class CancelledClock(ActionClock):
    """The sandbox's clock, on which the runner asks us to stop at a moment (seconds from the start)."""

    def __init__(self, clock: JumpingClock, interrupt: Cancellation, at: float) -> None:
        super().__init__(clock)
        self._interrupt = interrupt
        self._at = clock.now() + at

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.now() >= self._at:
            self._interrupt.request_cancel("SIGINT")
        self._interrupt.raise_if_cancelled()


def success(box: Stand) -> Result:
    return box.run()


def rollback(box: Stand) -> Result:
    reason = "Threshold Crossed: 1 datapoint [93.0] was greater than the threshold (10.0)."
    box.sandbox.add_fault({"at": 170, "action": "alarm", "name": "web-5xx", "state": "ALARM", "reason": reason})
    return box.run(alarms="web-5xx")


def cancel(box: Stand) -> Result:
    interrupt = Cancellation(now=box.clock.now)
    return box.run(clock=CancelledClock(box.clock, interrupt, at=170), interrupt=interrupt)


def plan(box: Stand) -> Result:
    return box.run(operation="plan")


def invalid(box: Stand) -> Result:
    folder = box.folder / "examples" / "deploy"
    shutil.copytree(ROOT / "examples" / "deploy", folder)
    group = (folder / "elastigroup.json").read_text(encoding="utf-8")
    wrong = group.replace('"minimum": 2', '"minimum": "two"').replace('"risk"', '"rsik"')
    (folder / "elastigroup.json").write_text(wrong, encoding="utf-8")
    (folder / "startup.sh").unlink()
    return box.run(environ={"GITHUB_WORKSPACE": str(box.folder)})


def refused(box: Stand) -> Result:
    return box.run(artifact_version="web-2026.11.32")


CASES: list[tuple[Callable[[Stand], Result], str, int]] = [
    (success, "blue-green", 0),
    (rollback, "shift", 1),
    (cancel, "shift", 130),
    (plan, "blue-green", 0),
    (invalid, "canary", 2),
    (refused, "basic", 3),
]
ALARM = {"alarms": [{"name": "web-5xx", "state": "OK"}]}


@pytest.mark.parametrize(("act", "strategy", "code"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_log_and_summary_read_as_they_were_approved(
    act: Callable[[Stand], Result], strategy: str, code: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    with stand(strategy, tmp_path, ALARM, short_bakes=False) as box:
        result = act(box)
    assert result.code == code, result.log
    approved = {GOLDEN / f"{act.__name__}.log": result.log, GOLDEN / f"{act.__name__}.md": result.summary}
    if pytestconfig.getoption("--rewrite-golden"):
        for file, text in approved.items():
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    assert {file: file.read_text(encoding="utf-8") for file in approved} == approved


def test_there_is_no_golden_file_that_no_case_writes() -> None:
    expected = {f"{act.__name__}{suffix}" for act, _, _ in CASES for suffix in (".log", ".md")}
    assert {file.name for file in GOLDEN.iterdir()} == expected
