"""Reads what AWS knows about AMI and capacity before the first write; warns, refuses, and shows it to policies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from spotaction.documents.accessors import as_plain_text, as_texts, value_at
from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.execution import Execution
from spotaction.model.preflight import CapacityFacts, CapacityQuery
from spotaction.model.resources import ZERO, Group, JsonObject
from spotaction.operations.preflight.ami_facts import describe_image, image_warnings, require_launchable
from spotaction.operations.preflight.draining import describe_draining, draining_conflicts, drains
from spotaction.operations.preflight.shared_target_groups import attachments
from spotaction.operations.preflight.spot_capacity import capacity_warnings, demand_of, describe_capacity


@dataclass(frozen=True)
class Preflight:
    """What was found, as policy rules see it: `ami` and the rest."""

    ami: JsonObject = field(default_factory=dict)
    other: JsonObject = field(default_factory=dict)


def check_facts(
    deployment: Deployment,
    execution: Execution,
    config: JsonObject,
    groups: tuple[Group | None, Group | None],
    context: DeployContext,
) -> Preflight:
    """Log what may go wrong with image, capacity and draining, and return the facts for the policies.

    `config` is the new group's, `groups` are the old and the new one as far as they exist. Makes at most seven calls to
    AWS side by side, and one after them; what cannot be read is noted. Raises `RefusedError` if the image cannot be
    launched at all, or a target group of the new group does not exist.
    """
    now = context.groups.time()
    old, new = groups
    running = new.capacity.target if new is not None else 0
    old_capacity = old.capacity if old is not None else None
    demand = demand_of(config, execution, deployment.capacity or ZERO, old_capacity, running)
    entered = frozenset(arn for arn in _entered(deployment, execution, config) if arn.startswith("arn:"))
    draining = drains(old, config, entered)
    served = frozenset[str]().union(*(drain.target_groups for drain in draining))
    facts = _read(
        CapacityQuery(
            instance_types=_instance_types(config),
            instances=demand.instances,
            standard=demand.is_standard and demand.units > 0,
            target_groups=(*sorted(entered), *sorted(served - entered)),
        ),
        context,
    )
    region = as_plain_text(value_at(config, ("region",)))
    _require_target_groups([arn for arn in facts.missing if arn in entered], region)
    require_launchable(deployment.image, config, facts.types)
    warnings = [
        *image_warnings(deployment.image, facts.types, now),
        *capacity_warnings(demand, facts, f" in {region}" if region else ""),
    ]
    for warning in warnings:
        context.notify(WarningEvent(warning))
    for drain, conflict in draining_conflicts(draining, facts.delays):
        context.notify(WarningEvent(conflict) if drain.is_chosen else Note(conflict))
    if facts.unread:
        listed = "; ".join(f"{what} ({why})" for what, why in facts.unread.items())
        context.notify(Note(f"Not checked before the first write: {listed}."))
    other = {**describe_capacity(demand, facts), **describe_draining(draining, facts.delays)}
    return Preflight(describe_image(deployment.image, now), other)


def _read(query: CapacityQuery, context: DeployContext) -> CapacityFacts:
    return CapacityFacts() if context.capacity is None else context.capacity.read(query)


def _require_target_groups(missing: Sequence[str], region: str) -> None:
    """No instance would ever be healthy in a target group that does not exist."""
    if missing:
        where = f" in {region}" if region else ""
        raise RefusedError(
            f"Target groups of the new group do not exist{where}: {', '.join(missing)}.",
            next_step="correct the ARNs (loadBalancersConfig in the Elastigroup config), or create the target groups",
        )


def _entered(deployment: Deployment, execution: Execution, config: JsonObject) -> Iterator[str]:
    if not execution.blue_green:
        yield from attachments(config)
    yield from (pair.green for pair in deployment.snapshot.routes)


def _instance_types(config: JsonObject) -> tuple[str, ...]:
    types = value_at(config, ("compute", "instanceTypes"))
    named = (
        *as_texts(value_at(types, ("spot",))),
        as_plain_text(value_at(types, ("ondemand",))),
        *as_texts(value_at(types, ("onDemandTypes",))),
    )
    return tuple(dict.fromkeys(filter(None, named)))
