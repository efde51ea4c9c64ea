"""Writes the log: a group per step, waits with their reasons, changes with the values before and after."""

from spotaction.github import links
from spotaction.github.messages import MANUAL_ACTION, describe_event, step_name
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.events import (
    CheckMeasured,
    Event,
    GroupCreated,
    GroupScaled,
    ManualActionNeeded,
    StepFinished,
    StepStarted,
    WaitProgress,
    WarningEvent,
)
from spotaction.model.ports import Clock
from spotaction.model.resources import spot_console_url

_MINUTE = 60


class LogSink:
    """Writes each event to the log when it happens, after the time since the start of the run.

    `region` is the region of the links to the EC2 console. In a `dry_run` the word `plan` replaces the time, because
    its clock skips every wait.
    """

    def __init__(self, commands: WorkflowCommands, clock: Clock, *, region: str = "", dry_run: bool = False) -> None:
        self._commands = commands
        self._clock = clock
        self._region = region
        self._dry_run = dry_run
        self._start = clock.now()
        self._linked: set[str] = set()
        self._unfolded: list[str] = []

    def __call__(self, event: Event) -> None:
        """Write one event to the log."""
        match event:
            case StepStarted(step, rolling_back):
                self._repeat_errors()
                self._commands.open_group(step_name(step, rolling_back=rolling_back))
            case StepFinished():
                self._log_step_end(event)
            case WaitProgress() if self._dry_run:
                return  # nobody waits: its end says how long it will take
            case CheckMeasured():
                pass  # the wait that measures says what changes; each measurement is in the report
            case WarningEvent() | ManualActionNeeded():
                self._log_warning(event)
            case GroupCreated(group) | GroupScaled(group):
                self._log_line(describe_event(event))
                self._log_link(group)
            case _:
                self._log_line(describe_event(event))

    def close_groups(self, *lines: str) -> None:
        """Close the group that is still open if the run ended within a step, and write the last lines of the log."""
        self._repeat_errors()
        for line in lines:
            self._log_line(line)

    def _log_step_end(self, event: StepFinished) -> None:
        self._log_line(describe_event(event))
        if event.error:
            self._unfolded.append(describe_event(event))
        self._repeat_errors()

    def _log_warning(self, event: WarningEvent | ManualActionNeeded) -> None:
        title = MANUAL_ACTION.capitalize() if isinstance(event, ManualActionNeeded) else ""
        text = describe_event(event).removeprefix("warning: ").removeprefix(f"{MANUAL_ACTION}: ")
        self._commands.annotate("warning", text, title=title)
        self._unfolded.append(describe_event(event))

    def _repeat_errors(self) -> None:
        """Errors are repeated below the group: GitHub shows groups folded, with what went wrong inside them."""
        self._commands.end_group()
        for text in self._unfolded if self._commands.folds_groups else ():
            self._log_line(text)
        self._unfolded.clear()

    def _log_link(self, group: str) -> None:
        if self._dry_run or group in self._linked:
            return
        self._linked.add(group)
        for url in (spot_console_url(group), links.ec2_instances(group, self._region)):
            if url:
                self._log_line(url)

    def _log_line(self, text: str) -> None:
        elapsed = int(self._clock.now() - self._start)
        stamp = "  plan" if self._dry_run else f"{elapsed // _MINUTE:3d}:{elapsed % _MINUTE:02d}"
        for line in text.splitlines() or [""]:
            self._commands.log(f"{stamp}  {line}")
