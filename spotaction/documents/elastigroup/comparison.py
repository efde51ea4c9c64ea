"""Compares two Elastigroup configs by what they mean: what Spot fills in, orders or writes differently is the same."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.elastigroup.aws_names import region_of
from spotaction.documents.elastigroup.quoted import fit_types
from spotaction.documents.elastigroup.retired import without_retired
from spotaction.model.redaction import is_secret
from spotaction.model.resources import JsonObject, JsonValue, arn_name

#: What a deployment or Spot sets itself.
NOT_COMPARED = frozenset({"id", "name", "description", "createdAt", "updatedAt"})
_DIGITS = 16  # of a digest that stands for a secret
_SETS = frozenset(
    {"securityGroupIds", "subnetIds", "spot", "preferredSpot", "preferredAvailabilityZones", "groups", "elasticIps"}
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "availabilityZones": ("name",),
    "tags": ("tagKey",),
    "loadBalancers": ("name", "arn"),
    "blockDeviceMappings": ("deviceName",),
    "weights": ("instanceType",),
    "up": ("policyName",),
    "down": ("policyName",),
    "target": ("policyName",),
    "dimensions": ("name",),
    "images": ("id",),
}
_UNORDERED = frozenset({"tasks", "signals", *_NAMES})
_SINGLES = frozenset({"availabilityZones", "tags"})  # Spot's examples have a single item without its list
_SCRIPTS = frozenset({"userData", "shutdownScript"})
_NOTHING: tuple[JsonValue, ...] = (None, {}, [])


@dataclass(frozen=True)
class Difference:
    """A value that differs; None where one of the configs has none. Secrets are digests.

    `path` is dotted, from `group`; an item of a list is named by its key, as in `tags[Application]`.
    """

    path: str
    mine: JsonValue
    live: JsonValue


def comparable(config: JsonObject) -> JsonObject:
    """Return a group's body in the form in which two of the same meaning are equal.

    Nulls and empty objects are gone, unordered lists are sorted, numbers are numbers, and a region or a subnet that
    Spot repeats is in one place. User data, scripts, keys and tokens are digests, of their decoded bytes if they have
    any, so the result may be shown.
    """
    fitted, _ = fit_types({"group": config}, {"group": config})
    group = dict(as_mapping(value_at(without_retired(fitted), ("group",))))
    if group.get("region") is None:
        group["region"] = _region_of_zones(group)
    bare = {key: value for key, value in group.items() if key not in NOT_COMPARED}
    return as_mapping(_normalized(_with_one_image(bare), "group"))


def differences(mine: JsonObject, live: JsonObject) -> tuple[Difference, ...]:
    """Return where two bodies in the form of `comparable` differ, in the order of the paths."""
    return tuple(sorted(_differences(mine, live, "group"), key=lambda each: each.path))


def region_of_group(group: JsonObject) -> str:
    """Return the region of a group's body, or that of its zones; empty if they are of several, or of none."""
    return as_plain_text(group.get("region")) or _region_of_zones(group) or ""


def _differences(mine: JsonValue, live: JsonValue, path: str) -> Iterator[Difference]:
    if mine == live and isinstance(mine, bool) == isinstance(live, bool):
        return
    if isinstance(mine, Mapping) and isinstance(live, Mapping):
        for key in dict.fromkeys([*mine, *live]):
            yield from _differences(mine.get(key), live.get(key), f"{path}.{key}")
        return
    ours, theirs = _named_items(mine, path), _named_items(live, path)
    if ours is not None and theirs is not None:
        for name in dict.fromkeys([*ours, *theirs]):
            yield from _differences(ours.get(name), theirs.get(name), f"{path}[{name}]")
        return
    yield Difference(path, mine, live)


def _named_items(value: JsonValue, path: str) -> dict[str, JsonValue] | None:
    """The items of a list by their names; None if it is no list, or if some have no name of their own."""
    keys = _NAMES.get(path.rpartition(".")[2])
    if keys is None or not isinstance(value, list):
        return None
    found = {_name_of(each, keys): each for each in value}
    return found if len(found) == len(value) and "" not in found else None


def _name_of(item: JsonValue, keys: Sequence[str]) -> str:
    return next((name for key in keys if (name := as_plain_text(as_mapping(item).get(key)))), "")


def _region_of_zones(group: JsonObject) -> str | None:
    zones = as_items(value_at(group, ("compute", "availabilityZones")))
    found = {region_of(as_plain_text(value_at(zone, ("name",)))) for zone in zones}
    return next(iter(found)) or None if len(found) == 1 else None


def _with_one_image(group: JsonObject) -> JsonObject:
    """The body with a single entry of `images` as `imageId`, which is the same to Spot."""
    compute = as_mapping(group.get("compute"))
    launch = as_mapping(compute.get("launchSpecification"))
    images = as_items(launch.get("images"))
    if len(images) != 1 or launch.get("imageId"):
        return group
    single = {**launch, "images": None, "imageId": value_at(images[0], ("id",))}
    return {**group, "compute": {**compute, "launchSpecification": single}}


def _normalized(value: JsonValue, key: str) -> JsonValue:
    if isinstance(value, Mapping):
        return _normalized_mapping(value, key)
    if isinstance(value, list | tuple):
        items = [each for each in (_normalized(one, f"{key}[]") for one in value) if each not in _NOTHING]
        return sorted(items, key=_order_in(key)) if key in _UNORDERED | _SETS else items
    if isinstance(value, str) and is_secret(key):
        return digest_of(value, script=key in _SCRIPTS)
    return value


def _normalized_mapping(value: JsonObject, key: str) -> JsonValue:
    value = {name: [each] if name in _SINGLES and isinstance(each, Mapping) else each for name, each in value.items()}
    if key == "availabilityZones[]" and value.get("subnetId"):  # Spot's older form of subnetIds
        value = {**value, "subnetIds": value.get("subnetIds") or [value["subnetId"]], "subnetId": None}
    if key == "loadBalancers[]" and value.get("arn"):
        value = {**value, "name": arn_name(as_plain_text(value["arn"]))}  # optional beside the ARN
    found = {name: _normalized(each, name) for name, each in value.items()}
    return {name: each for name, each in found.items() if each not in _NOTHING and not _is_empty_script(name, each)}


def _is_empty_script(key: str, value: JsonValue) -> bool:
    return key in _SCRIPTS and value == ""


def digest_of(text: str, *, script: bool) -> str:
    """Return a digest that stands for a secret; a script's is of its bytes, however they are written in base64."""
    content = text.encode(errors="replace")
    if script:
        with suppress(ValueError):  # an older form: the script itself
            content = base64.b64decode("".join(text.split()), validate=True)
    return f"sha256:{hashlib.sha256(content).hexdigest()[:_DIGITS]}" if content else ""


def _order_in(key: str) -> Callable[[JsonValue], tuple[str, str]]:
    names = _NAMES.get(key, ())
    return lambda item: (_name_of(item, names), json.dumps(item, sort_keys=True, default=str))


def shown_value(value: JsonValue, limit: int = 200) -> str:
    """Return a value of a difference as short text; `not set` for none."""
    if value is None:
        return "not set"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= limit else text[: limit - 1] + "…"
