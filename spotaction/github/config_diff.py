"""The diff of two group configs for a plan's summary, without secrets and what Spot fills in."""

import difflib
import json

from spotaction.documents.elastigroup.comparison import comparable
from spotaction.model.resources import JsonObject


def config_diff(old: JsonObject, new: JsonObject) -> str:
    """Return a unified diff of two group configs, without what Spot fills in, the name and the capacity.

    User data, keys and tokens appear as hashes. Name and capacity are set by the deployment and shown in the summary.
    """
    before, after = (_config_lines(config) for config in (old, new))
    return "\n".join(difflib.unified_diff(before, after, "old group", "new group", lineterm="", n=2))


def _config_lines(config: JsonObject) -> list[str]:
    # Split at line feeds only: texts may contain other characters that splitlines() splits at.
    bare = {key: value for key, value in comparable(config).items() if key != "capacity"}
    return json.dumps(bare, indent=2, sort_keys=True, ensure_ascii=False).split("\n")
