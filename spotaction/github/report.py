"""How a run ended and what it did: the input of summary, headline and report file."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.github.history import Stamped
from spotaction.github.report_table import ReportTable
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import Problem
from spotaction.model.events import Change
from spotaction.model.resources import Instance


@dataclass(frozen=True)
class RunReport:
    """A run as it is now. Only `status` is required; texts are untrusted.

    `reason` is why the run ended as it did, and `next_step` what a person does next. `seconds` is the run's duration,
    and `previous_image` the AMI that was deployed before. `changes` and `diff` (a unified diff of the group's config)
    belong to a plan, `problems` to invalid inputs.
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
    until: str = ""
    seconds: float = 0.0
    events: Sequence[Stamped] = ()
    instances: Sequence[Instance] = ()
    changes: Sequence[Change] = ()
    diff: str = ""
    problems: Sequence[Problem] = ()
    tables: Sequence[ReportTable] = ()

    @property
    def title(self) -> str:
        """The app and its environment, which distinguish the summaries of a matrix."""
        app = self.app or (self.deployment.app if self.deployment else "")
        return f"{app} ({self.environment})" if app and self.environment else app or self.environment or "spotaction"
