"""The diff of two group configs for a plan's summary, without secrets and what Spot fills in."""

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence

from spotaction.model.redaction import is_secret
from spotaction.model.resources import JsonObject, JsonValue


def config_diff(old: JsonObject, new: JsonObject) -> str:
    """Return a unified diff of two group configs, without what Spot fills in, the name and the capacity.

    User data, keys and tokens appear as hashes. Name and capacity are set by the deployment and shown in the summary.
    """
    before, after = (_config_lines(config) for config in (old, new))
    return "\n".join(difflib.unified_diff(before, after, "old group", "new group", lineterm="", n=2))


def _config_lines(config: JsonObject) -> list[str]:
    # Split at line feeds only: texts may contain other characters that splitlines() splits at.
    return json.dumps(_comparable_config(config), indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def _comparable_config(config: JsonObject) -> JsonValue:
    return _hide_secrets({key: value for key, value in config.items() if key not in {"name", "capacity"}})


def _hide_secrets(value: JsonValue, key: str = "") -> JsonValue:
    if isinstance(value, str) and value and is_secret(key):
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
    if isinstance(value, Mapping):
        left_out = {"id", "createdAt", "updatedAt", "description"}
        if "subnetIds" in value:
            left_out.add("subnetId")  # Spot's older form of subnetIds
        return {k: _hide_secrets(v, k) for k, v in value.items() if v is not None and v != {} and k not in left_out}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_hide_secrets(each, key) for each in value]
    return value
