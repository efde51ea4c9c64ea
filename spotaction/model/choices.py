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
    HISTORY = "history"


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


class Override(StrEnum):
    """An entry of the input `allow`: a refusal that the user overrides."""

    REDEPLOY = "redeploy"
    TAKE_OVER = "take-over"
    CHANGED_DOCUMENTS = "changed-documents"
    OTHER_RULES = "other-rules"
    SHARED_TARGET_GROUPS = "shared-target-groups"
    FIRING_ALARMS = "firing-alarms"
