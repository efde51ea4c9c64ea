"""Runs the command line in the process of a test, against the sandbox of a stand."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from spotaction.cli.parser import build_parser
from spotaction.cli.run import Outside, Streams, run_command
from spotaction.cloud.clock import Cancellation
from spotaction.sandbox.action_transport import SPOT_URL, ActionClock
from tests.support.action import KILLED, KilledError, Stand
from tests.support.reused_clients import wired

JSON = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """The exit code of one command, what it printed, and its calls."""

    code: int
    stdout: str
    stderr: str
    calls: list[JSON]

    @property
    def mutations(self) -> list[JSON]:
        return [call for call in self.calls if call["mutation"]]


class Terminal(io.StringIO):
    """A stream that says it is a terminal; as stdin it has the answers in it."""

    def isatty(self) -> bool:
        return True


class SlowAnswer(Terminal):
    """A person who says yes, but only after something else has happened."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__("y\n")
        self._meanwhile = meanwhile

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override] # as in typeshed
        self._meanwhile()
        return super().readline(-1 if size is None else size)


def as_arguments(operation: str, inputs: Mapping[str, str]) -> list[str]:
    """Return the command line for the inputs of the action."""
    return [operation, *(part for name, value in inputs.items() if value for part in (f"--{name}", value))]


def type_command(
    box: Stand,
    *arguments: str,
    answers: str | Terminal | None = None,
    environ: Mapping[str, str] = {},
    new_cancellation: Callable[[], Cancellation] = Cancellation,
    on_terminal: bool = False,
    clock: ActionClock | None = None,
) -> Told:
    """Run the command line as a person who has credentials types it; `answers` are typed after that.

    No document, state or variable of GitHub is there but what `arguments` and `environ` give.
    """
    before = len(box.sandbox.calls())
    stdout = Terminal() if on_terminal else io.StringIO()
    stderr = io.StringIO()
    whole = {
        "SPOTINST_TOKEN": box.sandbox.token,
        "SPOTINST_ACCOUNT": box.sandbox.account_id,
        "SPOTACTION_SPOT_API_URL": SPOT_URL,
        "AWS_REGION": box.sandbox.region,
        "AWS_ACCESS_KEY_ID": box.sandbox.access_key[0],
        "AWS_SECRET_ACCESS_KEY": box.sandbox.access_key[1],
        "USER": "anna",
        **environ,
    }
    typed = Terminal(answers) if isinstance(answers, str) else answers
    streams = Streams(io.StringIO() if typed is None else typed, stdout, stderr)
    outside = Outside(clock or ActionClock(box.clock), wired(box.sandbox, lambda app: app), new_cancellation)
    try:
        code = run_command(build_parser().parse_args(arguments), whole, streams, outside)
    except KilledError:
        code = KILLED
    return Told(code, stdout.getvalue(), stderr.getvalue(), box.sandbox.calls()[before:])
