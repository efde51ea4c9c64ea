"""The log for the one on call: a group per step, waits with their reasons, changes with before and after."""

from spotaction.events import Event, GroupCreated, GroupScaled, LeftUndone, StepBegun, StepEnded, Warned
from spotaction.ports import Clock
from spotaction.workflow import links
from spotaction.workflow.commands import Commands
from spotaction.workflow.telling import step_name, tell

_MINUTE = 60


class LogSink:
    """Writes events as they come; `region` is where EC2's console looks for the instances.

    Those of a rehearsal say so in place of the time: on its clock everything happens at once.
    """

    def __init__(self, commands: Commands, clock: Clock, *, region: str = "", rehearsal: bool = False) -> None:
        self._commands = commands
        self._clock = clock
        self._region = region
        self._rehearsal = rehearsal
        self._start = clock.now()
        self._linked: set[str] = set()
        self._unfolded: list[str] = []

    def __call__(self, event: Event) -> None:
        """Write one event."""
        match event:
            case StepBegun(step, rolling_back):
                self._fold()
                self._commands.group(step_name(step, rolling_back=rolling_back))
            case StepEnded():
                self._end(event)
            case Warned() | LeftUndone():
                self._warn(event)
            case GroupCreated(group) | GroupScaled(group):
                self._say(tell(event))
                self._link(group)
            case _:
                self._say(tell(event))

    def close(self, verdict: str = "") -> None:
        """End the group that is still open, when a deployment ends in the middle of a step, and say how it went."""
        self._fold()
        if verdict:
            self._say(verdict)

    def _end(self, event: StepEnded) -> None:
        self._say(tell(event))
        if event.error:
            self._unfolded.append(tell(event))
        self._fold()

    def _warn(self, event: Warned | LeftUndone) -> None:
        title = "Left undone" if isinstance(event, LeftUndone) else ""
        text = tell(event).removeprefix("warning: ").removeprefix("left undone: ")
        self._commands.annotate("warning", text, title=title)
        self._unfolded.append(tell(event))

    def _fold(self) -> None:
        """A folded group hides what went wrong inside of it, so that is said again below."""
        self._commands.end_group()
        for text in self._unfolded:
            self._say(text)
        self._unfolded.clear()

    def _link(self, group: str) -> None:
        if self._rehearsal or group in self._linked:
            return
        self._linked.add(group)
        for url in (links.spot_group(group), links.ec2_instances(group, self._region)):
            if url:
                self._say(url)

    def _say(self, text: str) -> None:
        elapsed = int(self._clock.now() - self._start)
        stamp = "  plan" if self._rehearsal else f"{elapsed // _MINUTE:3d}:{elapsed % _MINUTE:02d}"
        for line in text.splitlines() or [""]:
            self._commands.say(f"{stamp}  {line}")
