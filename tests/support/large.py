"""Large accounts, groups, load balancers, strategies and documents, of any size."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.action import JSON, OLD, QUICK, ROOT

_ATTRIBUTES = {"deregistration_delay.timeout_seconds": "60"}


@dataclass(frozen=True)
class Large:
    """A deployment in which one thing is large: its strategy, the scenario, and inputs."""

    strategy: str
    scenario: JSON
    inputs: Mapping[str, str]


def rules(count: int) -> Large:
    """A shift on a listener with that many rules of other services beside its own."""
    others = [{"priority": 100 + n, "host": f"h{n}.example.com", "forward": "other"} for n in range(count)]
    own = {"priority": 10, "id": "c1c1c1c1c1c1c1c1", "host": "shop.example.com", "forward": "web-blue"}
    blue = {"forward": "web-blue", "id": "d1d1d1d1d1d1d1d1"}
    green = {"forward": "web-green", "id": "d2d2d2d2d2d2d2d2"}
    listeners = [
        {"port": 443, "id": "1111111111111111", "default": blue, "rules": [own, *others]},
        {"port": 8443, "id": "2222222222222222", "default": green},
    ]
    targets = [
        {"name": "web-blue", "id": "b1b1b1b1b1b1b1b1", "attributes": _ATTRIBUTES},
        {"name": "web-green", "id": "e1e1e1e1e1e1e1e1", "attributes": _ATTRIBUTES},
        {"name": "other"},
    ]
    balancers = [{"name": "web-alb", "id": "a1a1a1a1a1a1a1a1", "listeners": listeners}]
    return Large("blue-green", {**QUICK, "load-balancers": balancers, "target-groups": targets}, {})


def instances(count: int) -> Large:
    """A basic deployment of a group with that many instances."""
    return Large("basic", {**QUICK, "elastigroups": [_group(count)]}, {})


def groups(count: int) -> Large:
    """A basic deployment in an account with that many other groups."""
    return Large("basic", {**QUICK, "filler-groups": count}, {})


def phases(count: int) -> Large:
    """A canary of four instances in that many phases, at most 99, and one for the rest."""
    each = ", ".join(f"{100 * number // (count + 1)}%" for number in range(1, count + 1))
    return Large("canary", {**QUICK, "elastigroups": [_group(4)]}, {"canary": each})


DEPLOYMENTS: Mapping[str, Callable[[int], Large]] = {
    "listener rules": rules,
    "instances": instances,
    "groups": groups,
    "phases": phases,
}


def lay_out_documents(folder: Path, size: int, *, yaml: bool = False) -> None:
    """Write the example documents to `folder`, with a group config of about `size` bytes, most of them tags."""
    target = folder / "examples" / "deploy"
    target.mkdir(parents=True)
    for name in ("service.yaml", "infrastructure.yaml", "startup.sh"):
        (target / name).write_bytes((ROOT / "examples" / "deploy" / name).read_bytes())
    group = json.loads((ROOT / "examples" / "deploy" / "elastigroup.json").read_text(encoding="utf-8"))
    launch = group["group"]["compute"]["launchSpecification"]
    tags = [{"tagKey": f"team-{n:07}", "tagValue": f"value number {n:07}"} for n in range(size // 50)]
    bare, lengths = len(_shown(group, yaml=yaml)), []
    for launch["tags"] in ([], tags[:100]):
        lengths.append(len(_shown(group, yaml=yaml)))
    launch["tags"] = tags[: max(0, (size - bare) * 100 // (lengths[1] - lengths[0]))]
    (target / "elastigroup.json").write_text(_shown(group, yaml=yaml), encoding="utf-8")


def _shown(value: JSON, *, yaml: bool) -> str:
    """JSON with a line for each value; YAML where it has a comment, which JSON has not."""
    return ("# Read as YAML.\n" if yaml else "") + json.dumps(value, indent=1)


def _group(count: int) -> JSON:
    return {
        "name": "web_prod__7",
        "image": OLD,
        "capacity": {"minimum": count, "target": count, "maximum": count},
        "target-groups": ["web-blue"],
        "created": "2026-11-16T10:00:00Z",
    }
