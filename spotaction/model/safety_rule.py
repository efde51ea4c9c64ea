"""The safety rules by name; `engine/safety.py` and `engine/route_safety.py` check them at every write."""

from enum import StrEnum


class SafetyRule(StrEnum):
    """The safety rules; a test may leave one out to prove that it is needed."""

    NEVER_DELETE_PRODUCTION = "the group behind the production rule is never deleted or emptied"
    TAKEOVER_IS_STEADY = "nothing is scaled down or deleted unless the group that takes over is steady"
    HEALTHY_TARGETS = "production is never pointed at a target group with fewer healthy targets than required"
    ONLY_OURS = "only groups that this deployment created, or old groups of this app that are down, are deleted"
