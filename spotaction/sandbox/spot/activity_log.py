"""A group's events and log lines."""

from spotaction.sandbox.dates import zulu
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.types import JSON


def event(group: Group, now: float, kind: str, sub_events: list[JSON]) -> None:
    """Add an event for GET /events."""
    group.events = [*group.events, {"groupId": group.id, "eventType": kind, "at": now, "subEvents": sub_events}]


def log(group: Group, now: float, severity: str, message: str) -> None:
    """Add a line for GET /logs, newest first."""
    group.logs = [{"message": message, "severity": severity, "createdAt": zulu(now), "at": now}, *group.logs]


def recovery(member: Member) -> JSON:
    """Return the event for a member that is being replaced."""
    return {
        "type": "recoverInstances",
        "oldInstanceIds": [member.instance],
        "oldSpotRequestIds": [member.spot_request],
        "newInstanceIds": None,
        "newSpotRequestIds": None,
    }
