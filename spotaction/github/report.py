"""How a run ended and what it did: the input of summary, headline and report file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from spotaction.documents.wording import format_duration
from spotaction.github.history import Stamped
from spotaction.github.report_table import ReportTable
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import Problem
from spotaction.model.events import Change
from spotaction.model.observations import Observations
from spotaction.model.resources import Instance


@dataclass(frozen=True)
class PlanLimits:
    """What a plan cannot know and only bounds, in seconds.

    `steady` is how long each wait for healthy instances may take at most, and `draining` how long the old group's
    instances drain.
    """

    steady: float
    draining: float


@dataclass(frozen=True)
class RunReport:
    """A run as it is now. Only `status` is required; texts are untrusted.

    `reason` is why the run ended as it did, and `next_step` what a person does next. `started` is the wall time (UTC)
    of its start, `seconds` its duration, and `previous_image` the AMI that was deployed before. `observations` is what
    its polls saw. `changes`, `diff` (a unified diff of the group's config) and `limits` belong to a plan, `problems` to
    invalid inputs.
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
    started: datetime | None = None
    seconds: float = 0.0
    events: Sequence[Stamped] = ()
    instances: Sequence[Instance] = ()
    changes: Sequence[Change] = ()
    diff: str = ""
    problems: Sequence[Problem] = ()
    tables: Sequence[ReportTable] = ()
    limits: PlanLimits | None = None
    observations: Observations = field(default_factory=Observations)

    @property
    def title(self) -> str:
        """The app and its environment, which distinguish the summaries of a matrix."""
        app = self.app or (self.deployment.app if self.deployment else "") or "spotaction"
        return f"{app} ({self.environment})" if self.environment else app

    def describe_moment(self, at: float) -> str:
        """Return when something was, `at` seconds into the run, for a sentence: `09:02:51 UTC`."""
        return f"{format_duration(at)} after the start" if self.started is None else f"{self.clock_time(at)} UTC"

    def clock_time(self, at: float) -> str:
        """Return the wall time `at` seconds into the run, as `09:02:51`; the duration if the start is not known."""
        if self.started is None:
            return format_duration(at)
        return f"{self.started.astimezone(UTC) + timedelta(seconds=at):%H:%M:%S}"
