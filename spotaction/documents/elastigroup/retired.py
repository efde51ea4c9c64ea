"""Keys and values of old Elastigroup exports that Spot has retired: reported, and not sent to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spotaction.documents.accessors import value_at
from spotaction.documents.elastigroup.rules import BALANCERS, LAUNCH, values_at
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonValue

_MULTAI = "list a target group by its arn instead"
_HEALTH = "set TARGET_GROUP, ELB or EC2, or remove the key"
_KEYS: Mapping[Path, str] = {
    ("group", "multai"): _MULTAI,
    (*LAUNCH, "loadBalancersConfig", "multai"): _MULTAI,
    ("group", "thirdPartiesIntegration", "mlbRuntime"): _MULTAI,
    ("group", "thirdPartiesIntegration", "rightScale"): "configure the instances in the start-up script instead",
    **{
        (*BALANCERS, key): _MULTAI
        for key in ("azAwareness", "zoneAwareness", "autoWeight", "balancerId", "targetSetId")
    },
}
_HEALTH_CHECKS = ("MLB", "MLB_RUNTIME", "NONE")


@dataclass(frozen=True)
class Retired:
    """A retired key, or with `by_value` a retired value: its path, the path of what is removed, what replaces it."""

    removed: Path
    path: Path
    hint: str
    by_value: bool = False


def find_retired(value: JsonValue) -> Iterator[Retired]:
    """Yield everything in an Elastigroup config that Spot has retired."""
    entries = [path for path, each in values_at(value, BALANCERS) if value_at(each, ("type",)) == "MULTAI_TARGET_SET"]
    yield from (Retired(path, (*path, "type"), _MULTAI, by_value=True) for path in entries)
    for pattern, hint in _KEYS.items():
        for path, _ in values_at(value, pattern):
            if path[:-1] not in entries:
                yield Retired(path, path, hint)
    check = (*LAUNCH, "healthCheckType")
    if value_at(value, check) in _HEALTH_CHECKS:
        yield Retired(check, check, _HEALTH, by_value=True)


def without_retired(value: JsonValue) -> JsonValue:
    """Return an Elastigroup config without what Spot has retired."""
    return _without(value, {each.removed for each in find_retired(value)}, ())


def _without(value: JsonValue, removed: set[Path], path: Path) -> JsonValue:
    if not any(each[: len(path)] == path for each in removed):
        return value
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if (*path, key) not in removed}
        return {key: _without(each, removed, (*path, key)) for key, each in kept.items()}
    if isinstance(value, list | tuple):
        return [_without(e, removed, (*path, n)) for n, e in enumerate(value) if (*path, n) not in removed]
    return value
