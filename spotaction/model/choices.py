"""The words that a workflow chooses from."""

from enum import StrEnum


class Operation(StrEnum):
    """What to do."""

    DEPLOY = "deploy"
    PLAN = "plan"
    VALIDATE = "validate"
    CONTINUE = "continue"
    ROLLBACK = "rollback"


class Strategy(StrEnum):
    """How a new group takes over from the old one."""

    BASIC = "basic"
    CANARY = "canary"
    BLUE_GREEN = "blue-green"


class OnFailure(StrEnum):
    """What a failed deployment does: put everything back, or stop where it stands."""

    ROLLBACK = "rollback"
    STOP = "stop"


class OnCancel(StrEnum):
    """What a cancelled deployment does: put everything back, or keep what is there for `continue`."""

    ROLLBACK = "rollback"
    KEEP = "keep"


class OnConflict(StrEnum):
    """What happens when another run deploys the same app."""

    REFUSE = "refuse"
    WAIT = "wait"
