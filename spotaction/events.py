"""What happens in a deployment, as frozen values that the log, the summary and the report are made of."""

from dataclasses import dataclass

from spotaction.model import Capacity, Forward, GroupId


@dataclass(frozen=True)
class StepBegun:
    """A step starts; `rolling_back` when it is being undone."""

    step: str
    rolling_back: bool = False


@dataclass(frozen=True)
class StepEnded:
    """A step is over; `error` is empty when it went well, `skipped` says why there was nothing to do."""

    step: str
    seconds: float
    error: str = ""
    skipped: str = ""
    rolling_back: bool = False


@dataclass(frozen=True)
class WaitChanged:
    """A wait has another reason, or k of n moved; also sent as a heartbeat when nothing moved for a while."""

    what: str
    reason: str
    ready: int
    of: int
    elapsed: float
    remaining: float
    heartbeat: bool = False


@dataclass(frozen=True)
class WaitEnded:
    """A wait is over, well or not."""

    what: str
    reason: str
    seconds: float
    polls: int
    failed: bool = False


@dataclass(frozen=True)
class GroupCreated:
    """A group exists that did not before."""

    group: GroupId
    name: str
    image: str


@dataclass(frozen=True)
class GroupScaled:
    """A group's capacity was set."""

    group: GroupId
    name: str
    before: Capacity
    after: Capacity


@dataclass(frozen=True)
class GroupUpdated:
    """A group got another name or description."""

    group: GroupId
    name: str
    before: str
    described: bool = False


@dataclass(frozen=True)
class GroupDeleted:
    """A group is gone."""

    group: GroupId
    name: str


@dataclass(frozen=True)
class ScalingSuspended:
    """AUTO_SCALE of a group is suspended (for `minutes`) or, with 0, works again."""

    group: GroupId
    name: str
    minutes: int


@dataclass(frozen=True)
class RouteChanged:
    """A rule forwards elsewhere, read back. `where` names load balancer, port and rule."""

    where: str
    before: Forward
    after: Forward


@dataclass(frozen=True)
class Note:
    """Something a reader of the log should know."""

    text: str


@dataclass(frozen=True)
class Warned:
    """Something that does not stop the deployment and should not be overlooked."""

    text: str


@dataclass(frozen=True)
class LeftUndone:
    """Something that was to be put back or cleaned up and was not: `todo` is the command or link that does it."""

    what: str
    why: str
    todo: str = ""


Change = GroupCreated | GroupScaled | GroupUpdated | GroupDeleted | ScalingSuspended | RouteChanged
Event = StepBegun | StepEnded | WaitChanged | WaitEnded | Change | Note | Warned | LeftUndone
