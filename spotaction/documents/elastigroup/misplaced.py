"""What belongs elsewhere: keys of a config that are at another level or Terraform's, and what is around a group."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.schemas import load_schema
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

_TERRAFORM_RESOURCE = "spotinst_elastigroup_aws"
_LAUNCH = "group.compute.launchSpecification"
_TYPES = "group.compute.instanceTypes"
_BALANCERS = f"{_LAUNCH}.loadBalancersConfig.loadBalancers"
#: Arguments of Terraform's `spotinst_elastigroup_aws` that have another name in Spot's API.
_TERRAFORM: Mapping[str, str] = {
    "min_size": "group.capacity.minimum",
    "max_size": "group.capacity.maximum",
    "desired_capacity": "group.capacity.target",
    "capacity_unit": "group.capacity.unit",
    "orientation": "group.strategy.availabilityVsCost",
    "spot_percentage": "group.strategy.risk",
    "fallback_to_ondemand": "group.strategy.fallbackToOd",
    "instance_types_ondemand": f"{_TYPES}.ondemand",
    "instance_types_spot": f"{_TYPES}.spot",
    "instance_types_preferred_spot": f"{_TYPES}.preferredSpot",
    "instance_types_weights": f"{_TYPES}.weights",
    "subnet_ids": "group.compute.availabilityZones[].subnetIds",
    "security_groups": f"{_LAUNCH}.securityGroupIds",
    "key_name": f"{_LAUNCH}.keyPair",
    "iam_instance_profile": f"{_LAUNCH}.iamRole",
    "enable_monitoring": f"{_LAUNCH}.monitoring",
    "placement_tenancy": f"{_LAUNCH}.tenancy",
    "target_group_arns": _BALANCERS,
    "elastic_load_balancers": _BALANCERS,
    "ebs_block_device": f"{_LAUNCH}.blockDeviceMappings",
    "network_interface": f"{_LAUNCH}.networkInterfaces",
    "scaling_up_policy": "group.scaling.up",
    "scaling_down_policy": "group.scaling.down",
    "scheduled_task": "group.scheduling.tasks",
}


def hint_places(problems: tuple[Problem, ...], document: Document) -> tuple[Problem, ...]:
    """Return the problems of a config, those of unknown keys with the path that was most likely meant.

    A key that is like one at its own level keeps that hint, unless Terraform names it so. What is set already was not
    meant.
    """
    if not problems:
        return ()
    meant = {
        (dotted_path(path), document.key_place(path)): home
        for path, home in _misplaced(document.value, ())
        if value_at(document.value, tuple(home.split("."))) is None
    }
    return tuple(
        replace(problem, hint=f"did you mean '{home}'?")
        if (home := meant.get((problem.subject, problem.place or document.location_of(()))))
        and (not problem.hint or problem.subject.rpartition(".")[2] in _TERRAFORM)
        else problem
        for problem in problems
    )


def foreign_problem(document: Document) -> Problem | None:
    """Return the problem of what is no config as a whole: a response of Spot's API as it came, or Terraform's code."""
    if "group" in as_mapping(document.value):
        return None
    if as_items(value_at(document.value, ("response", "items"))):
        hint = "keep only the group: jq '{group: .response.items[0]}' on this file does"
        place = document.key_place(("response",))
        return Problem("is a whole response of Spot's API, not an Elastigroup config", "response", place, hint)
    if _TERRAFORM_RESOURCE in as_plain_text(document.value) or "resource" in as_mapping(document.value):
        hint = "operation: init writes an Elastigroup config from the running group"
        return Problem("this is Terraform, not an Elastigroup config", place=document.location_of(()), hint=hint)
    return None


def looks_like_group(value: JsonValue) -> bool:
    """Return whether a document without the key `group` is a group by itself, or a response with one."""
    whole = as_mapping(value)
    return bool({"capacity", "compute"} <= set(whole) or as_items(value_at(value, ("response", "items"))))


def _misplaced(value: JsonValue, path: Path) -> Iterator[tuple[Path, str]]:
    """The keys that have one place in the schema and are at another one, each with that place."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            home = _TERRAFORM.get(key) or _homes().get(_bare(key), "")
            if home and home != ".".join(name for name in (*path, key) if isinstance(name, str)):
                yield (*path, key), home
            yield from _misplaced(each, (*path, key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _misplaced(each, (*path, index))


@cache
def _homes() -> Mapping[str, str]:
    """The path of each key that the schema has at one place only, by the key without case and underscores."""
    root = load_schema("elastigroup")
    places: dict[str, set[str]] = {}
    for path in _paths(root, root, ()):
        places.setdefault(_bare(path[-1]), set()).add(".".join(path))
    return {key: next(iter(paths)) for key, paths in places.items() if len(paths) == 1}


def _paths(schema: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if "$ref" in schema:
        schema = root["$defs"][str(schema["$ref"]).rpartition("/")[2]]
    for key, rule in schema.get("properties", {}).items():
        yield (*path, key)
        yield from _paths(rule, root, (*path, key))
    items = [schema["items"]] if "items" in schema else []
    for each in (*items, *(one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, ()))):
        yield from _paths(each, root, path)


def _bare(key: str) -> str:
    return key.replace("_", "").lower()
