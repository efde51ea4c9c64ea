"""The names of groups, as Harness forms them, so that an app deployed by it can be deployed on."""

import re
from collections.abc import Iterable

from spotaction.model.resources import AppName, Group

STAGE_SUFFIX = "__STAGE__Harness"
_REPLACED = re.compile(r"[-+*/\\ &$\"'.|]")


def version_prefix(app: AppName) -> str:
    """Return the app's name as in versioned groups: Harness replaces these characters in basic and canary setups."""
    return _REPLACED.sub("__", app)


def version_number(app: AppName, name: str) -> int | None:
    """Return N of `<app>__N`; None for any other name."""
    head = f"{version_prefix(app)}__"
    digits = name.removeprefix(head)
    return int(digits) if name.startswith(head) and digits.isascii() and digits.isdigit() else None


def versioned_groups(app: AppName, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the app's versioned groups: highest version first, and the younger of two groups of one version."""
    found = [(number, group) for group in groups if (number := version_number(app, group.name)) is not None]
    found.sort(key=lambda pair: (pair[0], pair[1].created_at, pair[1].id), reverse=True)
    return tuple(group for _, group in found)


def next_name(app: AppName, groups: Iterable[Group]) -> str:
    """Return `<app>__N`, with N one above the highest existing version, or 1."""
    found = versioned_groups(app, groups)
    highest = version_number(app, found[0].name) if found else 0
    return f"{version_prefix(app)}__{(highest or 0) + 1}"


def stage_name(app: AppName) -> str:
    """Return the name of the staged group, which the replaced one gets after a swap."""
    return f"{app}{STAGE_SUFFIX}"


def groups_named(groups: Iterable[Group], name: str) -> tuple[Group, ...]:
    """Return the groups of exactly this name, youngest first: names are not unique at Spot."""
    return tuple(sorted((g for g in groups if g.name == name), key=lambda g: (g.created_at, g.id), reverse=True))


def is_app_group_name(app: AppName, name: str) -> bool:
    """Whether deployments of this app give a group this name."""
    return name in {app, stage_name(app)} or version_number(app, name) is not None
