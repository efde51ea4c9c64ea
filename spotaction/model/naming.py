"""How groups are named, so that an app last deployed by Harness goes on."""

import re
from collections.abc import Iterable

from spotaction.model.resources import AppName, Group

STAGE_SUFFIX = "__STAGE__Harness"
_REPLACED = re.compile(r"[-+*/\\ &$\"'.|]")


def version_prefix(app: AppName) -> str:
    """The app name as versioned groups carry it (Harness replaces these characters in its basic and canary setup)."""
    return _REPLACED.sub("__", app)


def version_number(app: AppName, name: str) -> int | None:
    """N of `<app>__N`, None for any other name."""
    head = f"{version_prefix(app)}__"
    digits = name.removeprefix(head)
    return int(digits) if name.startswith(head) and digits.isascii() and digits.isdigit() else None


def versioned_groups(app: AppName, groups: Iterable[Group]) -> tuple[Group, ...]:
    """The app's versioned groups, the highest version first; of one version the younger group first."""
    found = [(number, group) for group in groups if (number := version_number(app, group.name)) is not None]
    found.sort(key=lambda pair: (pair[0], pair[1].created_at, pair[1].id), reverse=True)
    return tuple(group for _, group in found)


def next_name(app: AppName, groups: Iterable[Group]) -> str:
    """`<app>__N` with N one above the highest there is, else 1."""
    found = versioned_groups(app, groups)
    highest = version_number(app, found[0].name) if found else 0
    return f"{version_prefix(app)}__{(highest or 0) + 1}"


def stage_name(app: AppName, suffix: str = STAGE_SUFFIX) -> str:
    """The name of the group that is staged, or was replaced."""
    return f"{app}{suffix}"


def groups_named(groups: Iterable[Group], name: str) -> tuple[Group, ...]:
    """The groups of exactly this name, the youngest first: names are not unique at Spot."""
    return tuple(sorted((g for g in groups if g.name == name), key=lambda g: (g.created_at, g.id), reverse=True))


def is_app_group_name(app: AppName, name: str, suffix: str = STAGE_SUFFIX) -> bool:
    """Whether a group's name is one that deployments of this app use."""
    return name in {app, stage_name(app, suffix)} or version_number(app, name) is not None
