"""The Elastigroup config and the start-up script of a live group, without what Spot fills in."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from spotaction.documents.accessors import as_items, as_mapping
from spotaction.documents.elastigroup.aws_rules import MAX_USER_DATA
from spotaction.documents.elastigroup.retired import without_retired
from spotaction.model.marker import strip_marker
from spotaction.model.resources import Group, JsonValue

_FILLED_IN = frozenset({"id", "createdAt", "updatedAt"})
_POWERSHELL = re.compile(r"\s*<(?:powershell|script)>", re.IGNORECASE)
_SECRET_LINE = re.compile(
    r"(?i)(?:passw(?:or)?d|secret|token|api_?-?key|access_?-?key|credential)[\w-]*[\"']?\s*[=:]\s*[\"']?[^\s\"'<$]{6}"
    r"|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:ghp|gho|ghs|xoxb|xoxp|glpat)[-_][0-9A-Za-z-]{10}"
)
_EMPTY: tuple[JsonValue, ...] = (None, {}, [])


@dataclass(frozen=True)
class DraftConfig:
    """The text of `elastigroup.json`, and the start-up script with the name of its file, if there is one.

    `notes` say what is not as in the group, or needs a look. Never print `text` or `script`.
    """

    text: str = field(repr=False)
    script: str | None = field(default=None, repr=False)
    script_name: str = ""
    notes: tuple[str, ...] = ()


def draft_config(group: Group, app: str) -> DraftConfig:
    """Return the config of a live group for an app: without ids, dates, nulls, marker, and the image.

    User data becomes the start-up script if that gives the same bytes; otherwise it stays, with a note.
    """
    body = dict(as_mapping(without_filled_in(as_mapping(without_retired({"group": group.config}))["group"])))
    description = strip_marker(group.description)
    head: dict[str, JsonValue] = {"name": app, **({"description": description} if description else {})}
    rest = {key: value for key, value in body.items() if key not in {*_FILLED_IN, "name", "description"}}
    compute = dict(as_mapping(rest.get("compute")))
    launch = {k: v for k, v in as_mapping(compute.get("launchSpecification")).items() if k not in {"imageId", "images"}}
    script, note = _readable_script(launch.get("userData"))
    notes = [note] if note else []
    if script is not None:
        del launch["userData"]
    rest["compute"] = {**compute, "launchSpecification": launch}
    text = json.dumps(_escaped({"group": {**head, **rest}}), indent=2, ensure_ascii=not _is_unicode(rest))
    name = "" if script is None else "startup.ps1" if _POWERSHELL.match(script) else "startup.sh"
    return DraftConfig(f"{text}\n", None if script is None else _escaped_text(script), name, tuple(notes))


def lines_with_secrets(script: str) -> tuple[int, ...]:
    """Return the numbers of the lines that look as if they contained a password, key or token."""
    lines = enumerate(script.split("\n"), start=1)
    return tuple(number for number, line in lines if _SECRET_LINE.search(line))


def without_filled_in(value: JsonValue, key: str = "") -> JsonValue:
    """The value without nulls, empty objects and lists, events in tasks, and Spot's second form of a zone's subnets."""
    if isinstance(value, Mapping):
        if key == "availabilityZones[]" and value.get("subnetId"):
            value = {**value, "subnetIds": value.get("subnetIds") or [value["subnetId"]], "subnetId": None}
        found = {name: without_filled_in(each, name) for name, each in value.items()}
        if key == "scheduling":
            found["tasks"] = [each for each in as_items(found.get("tasks")) if "eventType" not in as_mapping(each)]
        return {name: each for name, each in found.items() if each not in _EMPTY}
    if isinstance(value, list | tuple):
        return [each for each in (without_filled_in(one, f"{key}[]") for one in value) if each not in _EMPTY]
    return value


def _readable_script(user_data: JsonValue) -> tuple[str | None, str]:
    """The user data as a text whose file gives the same bytes; None with the reason if there is no such text."""
    if not isinstance(user_data, str) or not user_data.strip():
        return None, ""
    stays = "the user data stays in elastigroup.json, in base64: "
    try:
        content = base64.b64decode("".join(user_data.split()), validate=True)
        script = content.decode()
    except ValueError:
        return None, f"{stays}it is not UTF-8 text (compressed, perhaps)"
    if script.startswith("\ufeff") or "\0" in script or not script.strip():
        return None, f"{stays}a text file would not keep it byte by byte"
    if len(content) > MAX_USER_DATA:
        return None, f"{stays}it has {len(content)} bytes, and EC2 allows {MAX_USER_DATA}"
    return script, ""


def _escaped(value: JsonValue) -> JsonValue:
    """The value with every `<+` in its texts written as no expression."""
    if isinstance(value, Mapping):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(each) for each in value]
    return _escaped_text(value) if isinstance(value, str) else value


def _escaped_text(text: str) -> str:
    return text.replace("<+", "\\<+")


def _is_unicode(value: JsonValue) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
