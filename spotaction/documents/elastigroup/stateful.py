"""Stateful groups: their instances keep volumes or addresses, which a second group would not have."""

from spotaction.documents.accessors import as_items, value_at
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Group, JsonValue

WHY = "a second group would get other volumes, and private addresses would conflict"
_WHAT = {
    "shouldPersistRootDevice": "root volume",
    "shouldPersistBlockDevices": "data volumes",
    "shouldPersistPrivateIp": "private address",
}


def persisted(group: JsonValue) -> tuple[str, ...]:
    """Return what the instances of a group's body keep when they are replaced, in words."""
    kept = as_items(value_at(group, ("strategy", "persistence")))
    return tuple(what for key, what in _WHAT.items() if any(_is_on(value_at(each, (key,))) for each in kept))


def check_stateful(group: Group | None) -> None:
    """Raise `RefusedError` if the group to be replaced is stateful: its volumes and addresses would be lost."""
    kept = persisted(group.config) if group is not None else ()
    if group is not None and kept:
        raise RefusedError(
            f"{group.name} ({group.id}) is stateful (it keeps {', '.join(kept)}) and cannot be replaced by another: "
            f"{WHY}.",
            next_step="change its image in Spot and recycle its stateful instances one by one, or turn off "
            "strategy.persistence.",
        )


def _is_on(value: JsonValue) -> bool:
    """Some Spot clients write booleans as texts."""
    return value is True or value == "true"
