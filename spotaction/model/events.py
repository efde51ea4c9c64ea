"""What happens in a deployment, as frozen values that the log, the summary and the report are made of.

`kind` is the event's name in the report, which others read: it outlives the name of the class.
"""

from dataclasses import dataclass
from typing import ClassVar

from spotaction.model.resources import Capacity, Forward, GroupId


@dataclass(frozen=True)
class StepStarted:
    """A step starts; `rolling_back` when it is being undone."""

    kind: ClassVar[str] = "step-begun"
    step: str
    rolling_back: bool = False


@dataclass(frozen=True)
class StepFinished:
    """A step is over; `error` is empty when it went well, `skipped` says why there was nothing to do."""

    kind: ClassVar[str] = "step-ended"
    step: str
    seconds: float
    error: str = ""
    skipped: str = ""
    rolling_back: bool = False


@dataclass(frozen=True)
class WaitProgress:
    """A wait has another reason, or k of n moved; also sent as a heartbeat when nothing moved for a while."""

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
    """A wait is over, well or not."""

    kind: ClassVar[str] = "wait-ended"
    what: str
    reason: str
    seconds: float
    polls: int
    failed: bool = False


@dataclass(frozen=True)
class GroupCreated:
    """A group exists that did not before."""

    kind: ClassVar[str] = "group-created"
    group: GroupId
    name: str
    image: str


@dataclass(frozen=True)
class GroupScaled:
    """A group's capacity was set."""

    kind: ClassVar[str] = "group-scaled"
    group: GroupId
    name: str
    before: Capacity
    after: Capacity


@dataclass(frozen=True)
class GroupUpdated:
    """A group got another name or description."""

    kind: ClassVar[str] = "group-updated"
    group: GroupId
    name: str
    before: str
    described: bool = False


@dataclass(frozen=True)
class GroupDeleted:
    """A group is gone."""

    kind: ClassVar[str] = "group-deleted"
    group: GroupId
    name: str


@dataclass(frozen=True)
class ScalingSuspended:
    """AUTO_SCALE of a group is suspended (for `minutes`) or, with 0, works again."""

    kind: ClassVar[str] = "scaling-suspended"
    group: GroupId
    name: str
    minutes: int


@dataclass(frozen=True)
class RouteChanged:
    """A rule forwards elsewhere, read back. `where` names load balancer, port and rule."""

    kind: ClassVar[str] = "route-changed"
    where: str
    before: Forward
    after: Forward


@dataclass(frozen=True)
class Note:
    """Something a reader of the log should know."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class WarningEvent:
    """Something that does not stop the deployment and should not be overlooked."""

    kind: ClassVar[str] = "warned"
    text: str


@dataclass(frozen=True)
class ManualActionNeeded:
    """Something that was to be put back or cleaned up and was not: `todo` is the command or link that does it."""

    kind: ClassVar[str] = "left-undone"
    what: str
    why: str
    todo: str = ""


Change = GroupCreated | GroupScaled | GroupUpdated | GroupDeleted | ScalingSuspended | RouteChanged
Event = StepStarted | StepFinished | WaitProgress | WaitFinished | Change | Note | WarningEvent | ManualActionNeeded
