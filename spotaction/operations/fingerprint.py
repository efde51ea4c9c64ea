"""Identifies a deployment's inputs, to see whether another run uses the same."""

import hashlib
import json

from spotaction.model.resources import Capacity, JsonObject

_OWN = frozenset({"id", "name", "description", "capacity", "createdAt", "updatedAt"})


def deployment_fingerprint(config: JsonObject, instances: Capacity | None) -> str:
    """Return twelve hex digits for the config, including image and user data, and the requested capacity.

    Fields that a deployment sets itself (name, description, capacity) do not count.
    """
    bare = {key: value for key, value in config.items() if key not in _OWN}
    text = json.dumps([bare, str(instances)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
