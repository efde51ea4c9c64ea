"""What exists before the first write: the old group, its capacity, and the routes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from spotaction.documents.elastigroup.stateful import check_stateful
from spotaction.documents.wording import count_of
from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.open_rolls import check_rolls
from spotaction.model import naming
from spotaction.model.deployment import GroupRef, RoutePair, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.execution import Execution
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import (
    AppName,
    Capacity,
    Group,
    GroupId,
    JsonObject,
    LoadBalancer,
    Route,
    TargetGroupArn,
    arn_name,
)
from spotaction.operations.preflight.capacity_units import check_units
from spotaction.operations.preflight.shared_target_groups import Site, check_shared
from spotaction.operations.preflight.unmanaged_rules import require_no_unmanaged_rules, require_none_left_behind
from spotaction.pipeline.phase_counts import check_phase_counts


@dataclass(frozen=True)
class CurrentState:
    """`group_name` is the new group's, `stale` are groups with the stage name, `sticky` is the longest stickiness (s).

    `known` are all groups of the account; one that is not among them was created since. `may_unstick` is False if a
    target group has stickiness of its own, because AWS then requires the rule's.
    """

    snapshot: Snapshot
    old: Group | None
    capacity: Capacity
    group_name: str
    stale: tuple[GroupRef, ...] = ()
    sticky: int = 0
    may_unstick: bool = True
    known: frozenset[GroupId] = field(default=frozenset(), repr=False, compare=False)


def discover_state(
    groups: Sequence[Group],
    *,
    app: AppName,
    execution: Execution,
    config_capacity: Capacity,
    previous: GroupId | None,
    config: JsonObject,
    context: DeployContext,
) -> CurrentState:
    """Return what the deployment builds on; `config` is the new group's. Raises `RefusedError` if it is unsuitable."""
    old = find_serving_group(groups, app=app, blue_green=execution.blue_green, previous=previous)
    pairs = tuple(find_pair(balancer, context) for balancer in execution.setup.load_balancers)
    if old is not None and previous is not None and old.id != previous:
        _warn_of_previous(groups, previous, old, context)
    mine = marked_groups.without_other_apps(groups, app)
    stale = naming.groups_named(mine, naming.stage_name(app)) if execution.blue_green else ()
    check_stateful(old)
    _check_attached(old, pairs)
    check_shared(
        Site(
            app=app,
            groups=groups,
            old=old if old is not None and old.capacity.target > 0 else None,
            config=config,
            pairs=pairs,
            stale=stale,
            blue_green=execution.blue_green,
            chosen=old is not None and old.id == previous,
        ),
        context,
    )
    if old is not None and old.capacity.target > 0:
        require_no_unmanaged_rules(pairs, execution, context)
        require_none_left_behind(old, config, pairs, execution, context)
    capacity = _requested_capacity(execution.setup.instances, old, config_capacity, context)
    check_units(old, config, execution, capacity)
    check_phase_counts(execution, capacity, GroupRef.of(old) if old else None)
    snapshot = Snapshot(GroupRef.of(old) if old else None, pairs)
    check_rolls([old], context)
    sticky, may_unstick = find_stickiness(pairs, context)
    return CurrentState(
        snapshot=snapshot,
        old=old,
        capacity=capacity,
        group_name=naming.stage_name(app) if execution.blue_green else naming.next_name(app, groups),
        stale=tuple(GroupRef.of(group) for group in stale if old is None or group.id != old.id),
        sticky=sticky,
        may_unstick=may_unstick,
        known=frozenset(group.id for group in groups),
    )


def find_serving_group(
    groups: Sequence[Group], *, app: AppName, blue_green: bool, previous: GroupId | None
) -> Group | None:
    """Return the group that serves now, of all groups of the account, or None.

    That is `previous` from the user as long as it runs: a group that was replaced since does not serve. Otherwise it is
    the highest `<app>__N` that runs (basic and canary), or the group named exactly `<app>` (blue-green). A group whose
    marker names another app counts only as `previous`. Raises `RefusedError` if several groups qualify, or if
    `previous` does not exist.
    """
    chosen = _chosen(groups, previous)
    if chosen is not None and chosen.capacity.target > 0:
        return chosen
    mine = marked_groups.without_other_apps(groups, app)
    if blue_green:
        named = naming.groups_named(mine, app)
        return (
            _require_single([group for group in named if group.capacity.target > 0] if chosen else named, app) or chosen
        )
    running = [group for group in naming.versioned_groups(app, mine) if group.capacity.target > 0]
    return running[0] if running else chosen


def find_pair(balancer: LoadBalancer, context: DeployContext) -> RoutePair:
    """Return the routes of a load balancer, with blue (the target group that serves) and green (for the new group).

    Raises `RefusedError` if the rules do not allow the deployment.
    """
    routes = require_routes(context)
    prod = routes.find(balancer.name, balancer.prod_port, balancer.prod_rule)
    if balancer.shift:
        return _shift_pair(prod, balancer, context)
    return _swap_pair(prod, balancer, routes)


def require_routes(context: DeployContext, why: str = "load-balancers need AWS credentials.") -> LoadBalancerApi:
    """Return the load balancer port. Raises `RefusedError` with `why` if there are no AWS credentials."""
    if context.routes is None:
        raise RefusedError(why, next_step="run aws-actions/configure-aws-credentials first, or set role-to-assume.")
    return context.routes


def _chosen(groups: Sequence[Group], previous: GroupId | None) -> Group | None:
    found = next((group for group in groups if group.id == previous), None)
    if found is None and previous is not None:
        raise RefusedError(
            f"elastigroup-id {previous} is not an Elastigroup of this account.",
            next_step="correct the id, or spot-account-id if the group is in another account; omit it if the names "
            "show which group serves.",
        )
    return found


def _warn_of_previous(groups: Sequence[Group], previous: GroupId, old: Group, context: DeployContext) -> None:
    name = next((group.name for group in groups if group.id == previous), "")
    context.notify(
        WarningEvent(
            f"{name} ({previous}) is scaled to 0, so {old.name} ({old.id}) is replaced; elastigroup-id can be removed."
        )
    )


def _require_single(found: Sequence[Group], app: AppName) -> Group | None:
    if len(found) > 1:
        ids = ", ".join(group.id for group in found)
        raise RefusedError(
            f"{len(found)} Elastigroups are named {app}: {ids}.",
            next_step="set elastigroup-id to the one that serves.",
        )
    return found[0] if found else None


def _swap_pair(prod: Route, balancer: LoadBalancer, routes: LoadBalancerApi) -> RoutePair:
    assert balancer.stage_port is not None
    stage = routes.find(balancer.name, balancer.stage_port, balancer.stage_rule)
    if stage.rule == prod.rule:
        raise RefusedError(f"{prod.label} is named as both the production and the stage rule; they must differ.")
    blue, green = _single_target_group(prod), _single_target_group(stage)
    if blue == green:
        raise RefusedError(
            f"{prod.label} and {stage.label} both forward to {arn_name(blue)}.",
            next_step="point the stage rule at the target group for the new Elastigroup.",
        )
    for route in (prod, stage):
        _require_two_target_groups(route, blue, green)
    return RoutePair(prod, stage, blue, green)


def _shift_pair(prod: Route, balancer: LoadBalancer, context: DeployContext) -> RoutePair:
    arns = tuple(target.target_group for target in prod.forward.targets)
    if len(arns) != 2:  # noqa: PLR2004 - blue and green
        named = f"{count_of(len(arns), 'target group')} ({prod.forward})"
        raise RefusedError(
            f"{prod.label} forwards to {named}; a traffic shift needs exactly two.",
            next_step="give the rule a weighted forward: the serving target group at 100, the staged one at 0.",
        )
    serving = prod.forward.serving_target_groups
    if len(serving) != 1:
        raise RefusedError(
            f"A traffic shift is in progress on {prod.label}: it forwards to {prod.forward}.",
            next_step="revert it (operation: rollback, with the output `deployment` of the run that shifted it if no "
            "marker shows that run), or have the rule forward to one of them alone.",
        )
    blue = serving[0]
    green = next(arn for arn in arns if arn != blue)
    if balancer.stage_target_group not in {None, *arns}:
        raise RefusedError(f"stageTargetGroupArn {balancer.stage_target_group} is not on {prod.label}.")
    if balancer.stage_target_group == blue:
        context.notify(
            Note(f"{arn_name(blue)} serves after the last shift, so the new group is staged in {arn_name(green)}.")
        )
    return RoutePair(prod, None, blue, green)


def _single_target_group(route: Route) -> TargetGroupArn:
    if len(route.forward.serving_target_groups) != 1:
        raise RefusedError(
            f"{route.label} forwards to {route.forward}: a swap needs exactly one target group that serves.",
            next_step="finish the traffic shift on this rule, or set isTrafficShift for the load balancer.",
        )
    return route.forward.serving_target_groups[0]


def _require_two_target_groups(route: Route, blue: TargetGroupArn, green: TargetGroupArn) -> None:
    for target in route.forward.targets:
        if target.target_group not in {blue, green}:
            raise RefusedError(
                f"{route.label} also names {arn_name(target.target_group)}, which is not part of this deployment.",
                next_step="remove that target group from the rule.",
            )


def _check_attached(old: Group | None, pairs: Sequence[RoutePair]) -> None:
    """The old group must be attached to production's target group; otherwise another group serves."""
    if old is None or old.capacity.target == 0:
        return
    for pair in pairs:
        if pair.blue not in old.target_groups:
            attached = ", ".join(arn_name(arn) for arn in old.target_groups) or "no target group"
            raise RefusedError(
                f"{pair.prod.label} forwards to {arn_name(pair.blue)}, but {old.name} ({old.id}) is attached to "
                f"{attached}.",
                next_step="set elastigroup-id to the group that serves, or correct the rule.",
            )


def _requested_capacity(
    instances: Capacity | None, old: Group | None, config: Capacity, context: DeployContext
) -> Capacity:
    """The input's capacity, or else the old group's, or else (if nothing is running yet) the config's."""
    if instances is not None:
        wanted, source = instances, "the input instances"
    elif old is not None and old.capacity.target > 0:
        wanted, source = old.capacity, f"the running group {old.name}"
    else:
        wanted, source = config, "the Elastigroup config, since nothing is running yet"
    context.notify(Note(f"Capacity {wanted} (minimum/target/maximum) from {source}."))
    if wanted.target == 0:
        raise RefusedError(
            f"The new group would have no instances: capacity {wanted} comes from {source}.",
            next_step="set instances, for example min=1,max=4,desired=2.",
        )
    return wanted


def find_stickiness(pairs: Sequence[RoutePair], context: DeployContext) -> tuple[int, bool]:
    """Return the longest group stickiness of the shift rules in seconds, and whether it may be turned off.

    AWS requires it if a target group of the rule has stickiness of its own.
    """
    stuck = [pair for pair in pairs if pair.stage is None and pair.prod.forward.sticky_seconds]
    if not stuck or context.routes is None:
        return 0, True
    longest = max(pair.prod.forward.sticky_seconds or 0 for pair in stuck)
    arns: list[TargetGroupArn] = list(chain.from_iterable((pair.blue, pair.green) for pair in stuck))
    forced = [group.name for group in context.routes.target_groups(arns) if group.sticky]
    names = ", ".join(pair.prod.label for pair in stuck)
    context.notify(
        WarningEvent(
            f"{names} pins clients to a target group for {longest} s (group stickiness), regardless of the weights."
            + (f" It cannot be turned off, because {', '.join(forced)} has its own stickiness." if forced else ""),
        )
    )
    return longest, not forced
