"""The app, service and environment that a group's name stands for."""

import re
from dataclasses import dataclass

from spotaction.model import marker
from spotaction.model.errors import RefusedError
from spotaction.model.naming import STAGE_SUFFIX, version_prefix
from spotaction.model.resources import AppName, Group

_NUMBERED = re.compile(r"(?P<app>.+)__(?P<number>[0-9]+)", re.DOTALL)
_UNUSABLE = re.compile(r"[^\w.@+ -]+")
_NO_IDENTIFIER = re.compile(r"\W+", re.ASCII)
_ENVIRONMENTS = (
    "production",
    "prod",
    "prd",
    "live",
    "preprod",
    "staging",
    "stage",
    "stg",
    "uat",
    "qa",
    "testing",
    "test",
    "tst",
    "development",
    "develop",
    "dev",
    "sandbox",
    "demo",
)
_LAST_WORD = re.compile(
    rf"(?P<service>.+?)[-_. ]+(?P<environment>{'|'.join(_ENVIRONMENTS)})", re.IGNORECASE | re.DOTALL
)
_REPLACED = "-+*/\\ &$\"'.|"  # what `version_prefix` replaces by __
_LONGEST = 100


@dataclass(frozen=True)
class AppNames:
    """The app of a group, and what its name says about service and environment.

    `numbered` is whether the group has a number, as Harness and this action give it; `named` whether deployments find
    the group by the app's name. `guessed` is whether the environment was assumed, because the name has none.
    """

    app: AppName
    service: str
    identifier: str
    environment: str
    numbered: bool = False
    named: bool = True
    guessed: bool = False


def names_of(group: Group) -> AppNames:
    """Return the names for a group. Raises `RefusedError` for the group that a blue-green deployment has replaced."""
    if group.name.endswith(STAGE_SUFFIX):
        raise RefusedError(
            f"{group.name} ({group.id}) is the staged or replaced group of a blue-green deployment of "
            f"{group.name.removesuffix(STAGE_SUFFIX)}.",
            next_step=f"give the group that serves, which is named {group.name.removesuffix(STAGE_SUFFIX)}.",
        )
    match = _NUMBERED.fullmatch(group.name)
    found = match["app"] if match else group.name
    app = _app_of_marker(group, found) if match else found
    usable = _UNUSABLE.sub("_", app).strip(" _")[:_LONGEST] or "app"
    words = _LAST_WORD.fullmatch(usable)
    service = words["service"] if words else usable
    return AppNames(
        app=AppName(usable),
        service=service,
        identifier=_identifier(service),
        environment=words["environment"].lower() if words else "prod",
        numbered=match is not None,
        named=usable == app
        and _is_marked_for(group, usable)
        and (match is None or version_prefix(AppName(app)) == found),
        guessed=words is None,
    )


def _app_of_marker(group: Group, found: str) -> str:
    """The app in the group's marker, of which the name has `__` in place of some characters."""
    known = marker.read_fields(group.description).get("a", "")
    candidates = [found, *(found.replace("__", character) for character in _REPLACED)]
    return next((each for each in candidates if known == marker.digest(each)), found)


def _is_marked_for(group: Group, app: str) -> bool:
    """Whether the group's marker, if it has one, is of this app: the group of another is not replaced by name."""
    return marker.read_fields(group.description).get("a", "") in {"", marker.digest(app)}


def _identifier(service: str) -> str:
    text = _NO_IDENTIFIER.sub("_", service).strip("_") or "service"
    return text if text[0].isalpha() else f"_{text}"
