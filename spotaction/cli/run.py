"""Runs an operation for the command line: the action's engine, and after a cancel what its post step does."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from spotaction.cli.console import Kept, follow_on, report_without_run, write_json
from spotaction.cli.environment import build_environment, is_on_github
from spotaction.cli.flags import PROGRAM
from spotaction.cli.outputs import check_path, empty_file, read_state, write_outputs
from spotaction.cli.parser import FINISH, given_values
from spotaction.cli.screen import Screen, open_screen
from spotaction.cli.wording import as_flags
from spotaction.cloud.clock import Cancellation, install_signal_handlers
from spotaction.github.report import RunReport
from spotaction.main import main
from spotaction.model.choices import Operation
from spotaction.model.errors import CancelledError, InvalidError, RefusedError, UnreportedError
from spotaction.model.ports import Clock
from spotaction.post import LIMIT, main_post
from spotaction.wiring import Transport

_UNHURRIED = 3600.0  # seconds for a rollback after Ctrl-C, where no runner ends the process earlier
_NO_STATE = "warning: {path} does not exist. Without it, the deployment of this run is found by its marker."
_CANCELLED = (
    "Cancelled. What this run changed is being rolled back, unless --on-cancel is keep; a second Ctrl-C stops that, "
    "too, and leaves the rest as it is."
)
_NO_TERMINAL = RefusedError(
    f"`{PROGRAM} rollback` asks before its first write, and there is no terminal to ask on.",
    next_step="--yes rolls back without the question, --dry-run only shows what it would do.",
)


@dataclass(frozen=True)
class Streams:
    """Where the question is answered, and where log, report and errors go."""

    stdin: TextIO | None = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)


@dataclass(frozen=True)
class Outside:
    """What a sandbox replaces: clock and network, and the cancellations, one for each run; then no signal is caught."""

    clock: Clock | None = None
    transport: Transport | None = None
    new_cancellation: Callable[[], Cancellation] | None = None


def run_command(
    options: argparse.Namespace, environ: Mapping[str, str], streams: Streams, outside: Outside = Outside()
) -> int:
    """Run the operation of a command, write what the options ask for, and return the exit code."""
    log = streams.stderr if options.json else streams.stdout
    on_github = is_on_github(environ)
    screen = open_screen(log, environ, plain=options.plain or on_github)
    session = Session(options, environ, streams, outside, screen, log, on_github=on_github)
    try:
        return session.run()
    finally:
        screen.close()


@dataclass
class Session:
    """One command: where it runs and writes, and what its runs leave in `kept`."""

    options: argparse.Namespace
    environ: Mapping[str, str]
    streams: Streams
    outside: Outside
    screen: Screen
    log: TextIO
    on_github: bool
    kept: Kept = field(default_factory=Kept)

    def run(self) -> int:
        """Run the command; an environment or a file that cannot be used ends it with code 2."""
        try:
            self._prepare()
        except InvalidError as error:
            return self._report(self._end_without_run(error))
        if self.options.command == FINISH:
            code = self._finish()
        elif self._asks:
            code = self._roll_back()
        else:
            code = self._operate(dry_run=getattr(self.options, "dry_run", False))
        return self._report(code)

    @property
    def _asks(self) -> bool:
        """Whether this is a rollback that has to be confirmed; a workflow's author has confirmed it."""
        asks = self.options.command == Operation.ROLLBACK and not self.options.yes and not self.options.dry_run
        return asks and not self.on_github

    def _prepare(self) -> None:
        """Set the environment of the run. Raises `InvalidError`."""
        finishes = self.options.command == FINISH
        files = {name: getattr(self.options, name) for name in ("outputs", "summary", "state")}
        paths = {name: check_path(file, f"--{name}") for name, file in files.items() if file}
        if finishes and "state" in paths:
            if not paths["state"].exists():
                self.screen.write(_NO_STATE.format(path=paths["state"]), "warning")
            self.kept.state |= read_state(paths["state"])
        operation = self.kept.state.get("operation", Operation.DEPLOY.value) if finishes else self.options.command
        prepared = build_environment(operation, given_values(self.options), self.environ)
        self.environ = dict(prepared.variables)
        if "summary" in paths:
            self.environ["GITHUB_STEP_SUMMARY"] = str(paths["summary"])
        if "state" in paths:
            self.environ["GITHUB_STATE"] = str(paths["state"])
            if not finishes:
                empty_file(paths["state"], "--state")
        for note in prepared.notes:
            self.screen.write(note, "dim")

    def _end_without_run(self, error: InvalidError | RefusedError) -> int:
        """Tell why nothing ran, also in outputs and report: a file of an earlier run would tell of that one."""
        problems = error.problems if isinstance(error, InvalidError) else ()
        for line in problems or [error]:
            self.screen.write(f"error: {as_flags(str(line))}", "error")
        self.kept.document = report_without_run(self.options.command, error, datetime.now(UTC))
        if all(problem.subject != "--outputs" for problem in problems):
            self.kept.outputs["status"] = str(self.kept.document["status"])
        return error.exit_code

    def _roll_back(self) -> int:
        """Show what the rollback would do, ask, and roll back."""
        if self.streams.stdin is None or not self.streams.stdin.isatty():
            return self._end_without_run(_NO_TERMINAL)
        code = self._operate(dry_run=True)
        if code or self.kept.report is None or not self.kept.report.changes:
            return code
        answer = self._ask(f"Roll back {self.kept.report.title} as shown above? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            self.screen.write("Nothing was changed.")
            return RefusedError.exit_code
        confirmed = self._shown_group(self.kept.report)
        self.kept = Kept()
        return self._operate(confirmed=confirmed)

    def _shown_group(self, shown: RunReport) -> str:
        """The group that the dry run took out of service; a rollback to a version replaces the one that serves."""
        record = shown.deployment
        if record is None:
            return ""
        group = record.snapshot.old if self.environ.get("INPUT_ROLLBACK-TO") else record.new
        return group.id if group is not None else ""

    def _ask(self, question: str) -> str:
        """The answer to a question; empty after Ctrl-C."""
        self.streams.stderr.write(question)
        self.streams.stderr.flush()
        with self._cancelled_by_signals() as interrupt, suppress(CancelledError), interrupt.during_read():
            return self.streams.stdin.readline() if self.streams.stdin is not None else ""
        self.streams.stderr.write("\n")
        return ""

    def _operate(self, *, dry_run: bool = False, confirmed: str = "") -> int:
        """Run the operation; after a cancel, roll back or explain as the action's post step does."""
        with self._cancelled_by_signals() as interrupt:
            code = main(
                self.environ,
                self.log,
                clock=self.outside.clock,
                transport=self.outside.transport,
                interrupt=interrupt,
                follow=follow_on(self._screen, self.kept, dry_run=dry_run),
                dry_run=dry_run,
                confirmed=confirmed,
            )
        self.screen.close()
        if code == CancelledError.exit_code and self._is_unfinished:
            self.screen.write(_CANCELLED, "warning")
            self._finish()
        return code

    def _finish(self) -> int:
        """Do what the post step of the action does, from the state that the run left."""
        state = {f"STATE_{name}": value for name, value in self.kept.state.items()}
        with self._cancelled_by_signals() as interrupt:
            return main_post(
                {**self.environ, **state},
                self.log,
                clock=self.outside.clock,
                transport=self.outside.transport,
                interrupt=interrupt,
                follow=follow_on(self._screen, self.kept),
                limit=LIMIT if self.on_github else _UNHURRIED,
            )

    @property
    def _screen(self) -> Screen | None:
        """The screen of a run; GitHub's runner reads commands instead, unless stdout is for the report."""
        return None if self.on_github and not self.options.json else self.screen

    @property
    def _is_unfinished(self) -> bool:
        state = self.kept.state
        return bool(state.get("deployment")) and state.get("status") in {"", "running", "cancelled"}

    @contextmanager
    def _cancelled_by_signals(self) -> Iterator[Cancellation]:
        """A new cancellation: Ctrl-C, SIGTERM, or the end of the terminal."""
        if self.outside.new_cancellation is not None:
            yield self.outside.new_cancellation()
            return
        interrupt = Cancellation()
        restore = install_signal_handlers(interrupt)
        before = signal.signal(signal.SIGHUP, lambda *_: interrupt.request_cancel("SIGHUP"))
        try:
            yield interrupt
        finally:
            signal.signal(signal.SIGHUP, before)
            restore()

    def _report(self, code: int) -> int:
        """Write the files and the report that the options ask for; return the code, or 6 for a report that is lost."""
        if self.options.outputs and self.kept.outputs:
            self._write_outputs(Path(self.options.outputs))
        if self.options.json:
            why = write_json(self.kept.document, self.streams.stdout)
            if why:
                self.screen.write(f"error: the report could not be printed: {why}", "error")
                return code or UnreportedError.exit_code
        return code

    def _write_outputs(self, path: Path) -> None:
        try:
            left_out = write_outputs(path, self.kept.outputs)
        except OSError as error:
            self.screen.write(f"warning: {path} was not written: {error.strerror}", "warning")
            return
        if left_out:
            more = "which need quotes; a file that ends in .json has all outputs"
            self.screen.write(f"{path} leaves out {', '.join(left_out)}, {more}.", "dim")
