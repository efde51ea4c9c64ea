"""The events of a run, from which log, summary and report are made.

`kind` and the names of the fields are the event's form in the report, which others read: they stay as they are.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spotaction.model.resources import Capacity, Forward, GroupId

if TYPE_CHECKING:
    from spotaction.model.checks import RatePoint


@dataclass(frozen=True)
class StepStarted:
    """A step has started, or its rollback (`rolling_back`)."""

    kind: ClassVar[str] = "step-begun"
    step: str
    rolling_back: bool = False


@dataclass(frozen=True)
class StepFinished:
    """A step has finished after `seconds`: failed with `error`, or not run for the reason in `skipped`."""

    kind: ClassVar[str] = "step-ended"
    step: str
    seconds: float
    error: str = ""
    skipped: str = ""
    rolling_back: bool = False


@dataclass(frozen=True)
class WaitProgress:
    """The reason of a wait or its count changed; sent as a `heartbeat` if neither changed for a while.

    `elapsed` and `remaining` are in seconds.
    """

    kind: ClassVar[str] = "wait-changed"
    what: str
    reason: str
    ready: int
    of: int
    elapsed: float
    remaining: float
    heartbeat: bool = False


@dataclass(frozen=True)
class WaitFinished:
    """A wait has finished after `seconds`, successfully or `failed`."""

    kind: ClassVar[str] = "wait-ended"
    what: str
    reason: str
    seconds: float
    polls: int
    failed: bool = False


@dataclass(frozen=True)
class GroupCreated:
    """A group was created."""

    kind: ClassVar[str] = "group-created"
    group: GroupId
    name: str
    image: str


@dataclass(frozen=True)
class GroupScaled:
    """A group's capacity was changed."""

    kind: ClassVar[str] = "group-scaled"
    group: GroupId
    name: str
    before: Capacity
    after: Capacity


@dataclass(frozen=True)
class GroupUpdated:
    """A group was renamed (`before` is its old name), its description was written (`described`), or both."""

    kind: ClassVar[str] = "group-updated"
    group: GroupId
    name: str
    before: str
    described: bool = False


@dataclass(frozen=True)
class GroupDeleted:
    """A group was deleted."""

    kind: ClassVar[str] = "group-deleted"
    group: GroupId
    name: str


@dataclass(frozen=True)
class ScalingSuspended:
    """AUTO_SCALE of a group was suspended for `minutes`, or resumed (0)."""

    kind: ClassVar[str] = "scaling-suspended"
    group: GroupId
    name: str
    minutes: int


@dataclass(frozen=True)
class RouteChanged:
    """The forward of a rule was changed. `where` names load balancer, port and rule."""

    kind: ClassVar[str] = "route-changed"
    where: str
    before: Forward
    after: Forward


@dataclass(frozen=True)
class Note:
    """Something that a reader of the log should know."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class WarningEvent:
    """Something that does not stop the deployment but should not be overlooked."""

    kind: ClassVar[str] = "warned"
    text: str


@dataclass(frozen=True)
class ManualActionNeeded:
    """Something was not restored or cleaned up, for the reason `why`; `todo` is the command or link to do it."""

    kind: ClassVar[str] = "left-undone"
    what: str
    why: str
    todo: str = ""


@dataclass(frozen=True)
class CheckMeasured:
    """A check was measured for the `attempt`th time, in, before or after `step`.

    `outcome`, `reason`, `value`, `limit` and `points` are the measurement's; `way` is the kind of the check, such as
    `http`.
    """

    kind: ClassVar[str] = "check-measured"
    check: str
    way: str
    step: str
    attempt: int
    outcome: str
    reason: str
    value: str = ""
    limit: str = ""
    points: "tuple[RatePoint, ...]" = ()


@dataclass(frozen=True)
class CheckFinished:
    """A check has its `verdict`: `passed`, `failed` or `inconclusive`, or `planned` in a plan.

    It was measured `measurements` times within `seconds`. One that `decides` not is a dry run, or runs after the end.
    """

    kind: ClassVar[str] = "check-ended"
    check: str
    way: str
    step: str
    verdict: str
    reason: str
    seconds: float
    measurements: int
    decides: bool = True


Change = GroupCreated | GroupScaled | GroupUpdated | GroupDeleted | ScalingSuspended | RouteChanged
Checked = CheckMeasured | CheckFinished
Event = (
    StepStarted
    | StepFinished
    | WaitProgress
    | WaitFinished
    | Change
    | Note
    | WarningEvent
    | ManualActionNeeded
    | Checked
)
