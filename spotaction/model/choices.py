"""The inputs that are a choice between words."""

from enum import StrEnum


class Operation(StrEnum):
    """The input `operation`."""

    DEPLOY = "deploy"
    PLAN = "plan"
    VALIDATE = "validate"
    CONTINUE = "continue"
    ROLLBACK = "rollback"
    INIT = "init"
    DRIFT = "drift"


class Strategy(StrEnum):
    """The input `strategy`: how a new group replaces the old one."""

    BASIC = "basic"
    CANARY = "canary"
    BLUE_GREEN = "blue-green"


class OnFailure(StrEnum):
    """The input `on-failure`: roll back, or stop for `continue` or `rollback`."""

    ROLLBACK = "rollback"
    STOP = "stop"


class OnCancel(StrEnum):
    """The input `on-cancel`: roll back, or keep the deployment for `continue`."""

    ROLLBACK = "rollback"
    KEEP = "keep"


class OnConflict(StrEnum):
    """The input `on-conflict`: refuse or wait if another run deploys the same app."""

    REFUSE = "refuse"
    WAIT = "wait"
