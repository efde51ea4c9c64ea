"""The record of a deployment: what is deployed, what was there before, and which steps are done."""

from dataclasses import dataclass, field
from enum import StrEnum

from spotaction.model.resources import (
    AppName,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    Route,
    RuleArn,
    TargetGroupArn,
)


class Status(StrEnum):
    """The status of a run or a deployment; the output `status`."""

    RUNNING = "running"
    DEPLOYED = "deployed"
    UNCHANGED = "unchanged"
    STOPPED = "stopped"
    ROLLED_BACK = "rolled-back"
    ROLLBACK_INCOMPLETE = "rollback-incomplete"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    PLANNED = "planned"
    VALID = "valid"
    INVALID = "invalid"
    DRAFTED = "drafted"
    DRIFTED = "drifted"
    LISTED = "listed"


JOB = 8  # characters
#: For `gate_passed_by`: some run passed the gate, but the marker or an older record does not name it.
UNKNOWN_RUN = "unknown"


@dataclass(frozen=True)
class Run:
    """The workflow run that deploys.

    `job` distinguishes the jobs of one run: the first half of its characters is of the job, the second of its runner.
    It is empty if neither is known.
    """

    id: str = ""
    attempt: str = ""
    repository: str = ""
    server: str = "https://github.com"
    job: str = ""

    @property
    def url(self) -> str:
        """The URL of the run; empty outside of a workflow."""
        return f"{self.server}/{self.repository}/actions/runs/{self.id}" if self.repository and self.id else ""


@dataclass(frozen=True)
class GroupRef:
    """A group at a moment: enough to name it, and to restore its capacity."""

    id: GroupId
    name: str
    capacity: Capacity
    image: ImageId | None = None

    @classmethod
    def of(cls, group: Group) -> "GroupRef":
        """Return what a rollback needs of a group."""
        return cls(id=group.id, name=group.name, capacity=group.capacity, image=group.image_id)


@dataclass(frozen=True)
class RoutePair:
    """A load balancer entry as the snapshot found it.

    `blue` serves production, the new group is attached to `green`. A swap has a stage route, which forwards to
    `green`; a shift has both target groups on its production route and no stage route.
    """

    prod: Route
    stage: Route | None
    blue: TargetGroupArn
    green: TargetGroupArn


@dataclass(frozen=True)
class Snapshot:
    """The state at Spot and AWS before the first write."""

    old: GroupRef | None = None
    routes: tuple[RoutePair, ...] = ()


@dataclass(frozen=True)
class ObservedRoute:
    """The forward of a rule as last read or written, None if unknown; `where` is the rule's label for people."""

    where: str
    forward: Forward | None


@dataclass
class Lock:
    """What this process knows about its right to deploy the app.

    `known` are the groups that existed when this run started, and `asked_at` is when the new group was first requested
    (epoch seconds by Spot's clock). `replaces` is the nonce that the marker held before this run took the deployment
    over, None if it did not take over, and `marker_before` is the description that held it. The other times are on the
    clock's `now`: `marked_at` is when this run's nonce was written, None before that, and `checked_at` when it was last
    read. `own_confirmed` is set once the nonce is known to have stayed, `lost` once another run has the deployment.
    """

    known: frozenset[GroupId] = frozenset()
    asked_at: float = 0.0
    replaces: str | None = None
    marked_at: float | None = None
    checked_at: float = float("-inf")
    own_confirmed: bool = False
    marker_before: str = ""
    lost: bool = False


@dataclass
class Deployment:
    """The record that the engine saves before and after every step.

    `capacity` is what the new group ends with, and `deadline` (epoch seconds) is when the run counts as dead. `nonce`
    was drawn by the run that works on the deployment now, and `gate_passed_by` is the nonce of the last run that was
    allowed to change more than the new group, empty if none was. `unconfirmed_name` is the name of a new group whose
    create was not answered. `ignored_failures` are completed steps whose failure a strategy ignores, and
    `observed_routes` is how this run last read or wrote each rule; these two and `lock` stay in this process.
    """

    app: AppName
    strategy: str
    run: Run
    image: Image
    fingerprint: str = ""
    deadline: int = 0
    capacity: Capacity | None = None
    snapshot: Snapshot = field(default_factory=Snapshot)
    new: GroupRef | None = None
    standalone_routes: list[Route] = field(default_factory=list)
    suspended: list[GroupId] = field(default_factory=list)
    started_steps: list[str] = field(default_factory=list)
    completed_steps: list[str] = field(default_factory=list)
    status: Status = Status.RUNNING
    reason: str = ""
    rollback_failures: list[str] = field(default_factory=list)
    nonce: str = ""
    gate_passed_by: str = ""
    unconfirmed_name: str = ""
    ignored_failures: set[str] = field(default_factory=set, repr=False, compare=False)
    lock: Lock = field(default_factory=Lock, repr=False, compare=False)
    observed_routes: dict[RuleArn, ObservedRoute] = field(default_factory=dict, repr=False, compare=False)

    @property
    def changed_nothing(self) -> bool:
        """Whether the run found nothing to do, or only planned: there is nothing to continue or to roll back."""
        return self.status in {Status.UNCHANGED, Status.PLANNED}
