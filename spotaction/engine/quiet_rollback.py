"""A sink that tells of a step's rollback only if the step had begun, or if its rollback does something."""

from dataclasses import dataclass, field

from spotaction.model.events import Event, StepFinished, StepStarted, WaitFinished
from spotaction.model.ports import Notify


@dataclass
class QuietRollback:
    """Where it is not known how far a deployment came, every step is undone, and most of that changes nothing.

    `begun` are the steps that are known to have begun; those that begin meanwhile are added.
    """

    tell: Notify
    begun: set[str]
    _held: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """Tell an event, or hold it back until it is known whether anything happens in that step."""
        if isinstance(event, StepStarted) and not event.rolling_back:
            self.begun.add(event.step)
        elif isinstance(event, StepStarted) and event.step not in self.begun:
            self._held = [event]
            return
        if self._held and self._is_nothing(event):
            return
        for held in self._held:
            self.tell(held)
        self._held.clear()
        self.tell(event)

    def _is_nothing(self, event: Event) -> bool:
        """Whether it may be kept back; a step that ends in which nothing was told is forgotten."""
        if isinstance(event, WaitFinished) and not event.failed:
            self._held.append(event)
            return True
        if isinstance(event, StepFinished) and not event.error:
            self._held.clear()
            return True
        return False
