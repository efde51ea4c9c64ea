"""What a summary is made of, put together by whoever knows how the run went."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.github.history import Stamped
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import Problem
from spotaction.model.events import Change
from spotaction.model.resources import Instance


@dataclass(frozen=True)
class RunReport:
    """A run as it stands; all texts may be foreign, only `status` is needed.

    `operation` is what was asked for, `reason` why it ended as it did, `next_step` what to do and `command` the exact
    line to do it with. `seconds` is how long the run took, `previous_image` what ran before. `changes` and `diff`
    (unified, of the group's config) are those of a plan. `problems` are those of invalid inputs.
    """

    status: Status
    operation: str = "deploy"
    app: str = ""
    environment: str = ""
    deployment: Deployment | None = None
    previous_image: str = ""
    region: str = ""
    actor: str = ""
    reason: str = ""
    next_step: str = ""
    command: str = ""
    until: str = ""
    seconds: float = 0.0
    events: Sequence[Stamped] = ()
    instances: Sequence[Instance] = ()
    changes: Sequence[Change] = ()
    diff: str = ""
    problems: Sequence[Problem] = ()

    @property
    def title(self) -> str:
        """The app and its environment; in a matrix this is what tells the summaries apart."""
        app = self.app or (self.deployment.app if self.deployment else "")
        return f"{app} ({self.environment})" if app and self.environment else app or self.environment or "spotaction"
