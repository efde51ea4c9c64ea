"""An event sink that reports a step's rollback only if the step was started, or if its rollback changes something."""

from dataclasses import dataclass, field

from spotaction.model.events import Event, StepFinished, StepStarted, WaitFinished
from spotaction.model.ports import Notify


@dataclass
class QuietRollback:
    """If it is unknown how far a deployment got, every step is rolled back, and most of that changes nothing.

    `started` are the steps that are known to have started; steps that start meanwhile are added.
    """

    notify: Notify
    started: set[str]
    _held: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """Pass an event on, or hold it back until it is known whether anything happens in its step."""
        if isinstance(event, StepStarted) and not event.rolling_back:
            self.started.add(event.step)
        elif isinstance(event, StepStarted) and event.step not in self.started:
            self._held = [event]
            return
        if self._held and self._is_nothing(event):
            return
        for held in self._held:
            self.notify(held)
        self._held.clear()
        self.notify(event)

    def _is_nothing(self, event: Event) -> bool:
        """Whether an event may be held back; when a step finishes without anything to report, it is dropped."""
        if isinstance(event, WaitFinished) and not event.failed:
            self._held.append(event)
            return True
        if isinstance(event, StepFinished) and not event.error:
            self._held.clear()
            return True
        return False
