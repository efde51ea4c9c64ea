"""The release as JSON, for the functions and web servers that judge it."""

from collections.abc import Sequence
from datetime import datetime

from spotaction.model.checks import Subject
from spotaction.model.deployment import GroupRef
from spotaction.model.resources import JsonObject, JsonValue, TargetGroupArn

ALL = 100.0  # percent


def describe_release(subject: Subject, time: datetime) -> dict[str, JsonValue]:
    """Return what a hook is told: `time` is that of the request, `weight` the new group's percentage or null."""
    return {
        "app": subject.app,
        "environment": subject.environment,
        "region": subject.region,
        "step": subject.step,
        "image": {"id": subject.image.id, "name": subject.image.name},
        "newGroup": _describe_group(subject.new, subject.new_target_groups),
        "oldGroup": _describe_group(subject.old, subject.old_target_groups),
        "instances": list(subject.instance_ids),
        "weight": subject.weight,
        "run": {"id": subject.run.id, "attempt": subject.run.attempt, "url": subject.run.url},
        "attempt": subject.attempt,
        "time": time.isoformat(timespec="seconds"),
    }


def lifecycle_stage(subject: Subject) -> str:
    """Return the stage of an ECS deployment that is most like the state of this one."""
    if subject.new is None:
        return "PRE_SCALE_UP"
    if not subject.weight:
        return "POST_TEST_TRAFFIC_SHIFT" if subject.stage else "POST_SCALE_UP"
    return "PRODUCTION_TRAFFIC_SHIFT" if subject.weight < ALL else "POST_PRODUCTION_TRAFFIC_SHIFT"


def _describe_group(group: GroupRef | None, target_groups: Sequence[TargetGroupArn]) -> JsonObject | None:
    if group is None:
        return None
    return {"id": group.id, "name": group.name, "image": group.image, "targetGroups": list(target_groups)}
