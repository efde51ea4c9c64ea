"""Tells whether two deployments are of the same inputs."""

import hashlib
import json

from spotaction.model.resources import Capacity, JsonObject

_OWN = frozenset({"id", "name", "description", "capacity", "createdAt", "updatedAt"})


def deployment_fingerprint(config: JsonObject, instances: Capacity | None) -> str:
    """Twelve hex digits of the config (image and user data included) and the capacity that was asked for.

    What a deployment sets itself (name, description, capacity) does not count.
    """
    bare = {key: value for key, value in config.items() if key not in _OWN}
    text = json.dumps([bare, str(instances)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
