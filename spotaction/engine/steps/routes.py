"""What the steps share about routes: compare, write, read back, restore."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import (
    ELB_LAG,
    RULE_LAG,
    externally_modified_error,
    identical,
    named_target_groups,
    read_settled,
    same_shares,
)
from spotaction.engine.steps.groups import restore_old
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import poll_interval_read_back
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    FailedError,
    SafetyError,
    SpotactionError,
    with_full_stop,
)
from spotaction.model.events import Note, WarningEvent
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import Forward, Route, TargetGroupArn, Weighted


def load_balancer_api(context: DeployContext) -> LoadBalancerApi:
    """Return the load balancer port; strategies with load balancers require AWS credentials at the start."""
    assert context.routes is not None
    return context.routes


def swap_forward(forward: Forward, pair: RoutePair) -> Forward:
    """Return the forward with blue and green exchanged; weights, order and stickiness stay."""
    other: Mapping[TargetGroupArn, TargetGroupArn] = {pair.blue: pair.green, pair.green: pair.blue}
    moved = tuple(Weighted(other.get(t.target_group, t.target_group), t.weight) for t in forward.targets)
    return replace(forward, targets=moved)


def shift_forward(forward: Forward, pair: RoutePair, percent: int) -> Forward:
    """Return the forward with `percent` of the requests to green and the rest to blue, in the rule's order."""
    weights = {pair.green: percent, pair.blue: 100 - percent}
    return replace(forward, targets=tuple(Weighted(t.target_group, weights[t.target_group]) for t in forward.targets))


def with_idle_target(forward: Forward, target_group: TargetGroupArn) -> Forward:
    """Return the forward with `target_group` added at weight 0, so that ELB keeps checking its targets' health."""
    if any(target.target_group == target_group for target in forward.targets):
        return forward
    return replace(forward, targets=(*forward.targets, Weighted(target_group, 0)))


def write_and_verify(context: DeployContext, live: Route, wanted: Forward) -> None:
    """Write a forward to a route that was just read, if it differs, and read it back until it shows.

    Raises `SafetyError` when a safety rule forbids the write, `ApiError` when AWS rejects it, `TimedOutError` when the
    read-back does not show it.
    """
    if identical(live.forward, wanted):
        return
    load_balancer_api(context).write(live, wanted)
    verify_written(context, {live: wanted})


def verify_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> None:
    """Read the routes until they forward as wanted, which ELB may take seconds to show. Raises `TimedOutError`."""
    name = ", ".join(route.label for route in wanted)
    wait = Wait(f"{name} read-back", lambda: _compare_with_written(context, wanted), poll_interval_read_back)
    wait_for([wait], timeout=ELB_LAG, clock=context.clock, notify=context.notify, budget=context.call_budget)


def require_unmodified(live: Route, snapshot: Route, wanted: Forward) -> None:
    """Raise `FailedError` if a rule forwards neither as in the snapshot nor as wanted."""
    if same_shares(live.forward, snapshot.forward) or same_shares(live.forward, wanted):
        return
    change = f"it forwarded to {snapshot.forward} when this deployment started, now to {live.forward}"
    raise externally_modified_error(live, change)


def restore_production(deployment: Deployment, context: DeployContext, *, bring_up: bool) -> tuple[str, ...]:
    """Restore every production rule from the snapshot; return descriptions of the rules that were not restored.

    Those were modified outside this deployment and send no requests to the new group. A rule that may have been written
    is restored whatever a read shows, since reads lag. If blue has too few healthy targets, the old group is brought up
    first with `bring_up`; otherwise `SafetyError` is raised. A rule that cannot be written does not stop the others;
    the first error is raised at the end.
    """
    pairs = deployment.snapshot.routes
    if not pairs:
        return ()
    live = load_balancer_api(context).read([pair.prod for pair in pairs])
    found = list(zip(pairs, live, strict=True))
    external = [(pair, now) for pair, now in found if is_externally_modified(now, pair)]
    _run_all(
        partial(_restore_route, deployment, context, now, pair.prod.forward, bring_up=bring_up)
        for pair, now in found
        if (pair, now) not in external and _needs_restore(context, now, pair.prod)
    )
    return tuple(_describe_external_change(now) for _, now in external)


def restore_stage(deployment: Deployment, context: DeployContext) -> tuple[str, ...]:
    """Restore every stage rule from the snapshot; return descriptions of the rules that were not restored.

    Those were modified outside this deployment. The first error is raised once all rules were tried.
    """
    staged = [(pair, pair.stage) for pair in deployment.snapshot.routes if pair.stage is not None]
    live = load_balancer_api(context).read([stage for _, stage in staged]) if staged else ()
    found = [(pair, stage, now) for (pair, stage), now in zip(staged, live, strict=True)]
    ours = [each for each in found if named_target_groups(each[2].forward) <= {each[0].blue, each[0].green}]
    _run_all(
        partial(load_balancer_api(context).write, now, stage.forward)
        for _, stage, now in ours
        if _needs_restore(context, now, stage)
    )
    return tuple(_describe_external_change(each[2]) for each in found if each not in ours)


def restore_rule(context: DeployContext, live: Route, before: Route) -> None:
    """Restore a rule's forward, if this deployment may have written it. Raises `ApiError` or `SafetyError`."""
    if _needs_restore(context, live, before):
        load_balancer_api(context).write(live, before.forward)


def verify_production(deployment: Deployment, context: DeployContext) -> tuple[tuple[str, str], ...]:
    """Check production's rules after a rollback; return each that does not forward as before, with its restore command.

    A rule that this deployment wrote, or that sends requests to the new group's target group, is first restored again.
    """
    pairs = deployment.snapshot.routes
    if not pairs or context.routes is None:
        return ()
    misrouted = _misrouted_pairs(context, pairs)
    ours = [(pair, now) for pair, now in misrouted if not is_externally_modified(now, pair)]
    try:
        _run_all(partial(_write_back, context, now, pair.prod.forward) for pair, now in ours)
    except (ApiError, CredentialError, FailedError, SafetyError) as error:
        context.notify(Note(f"Production's rules could not be restored: {error.message}"))
    left = _misrouted_pairs(context, pairs) if ours else misrouted
    return tuple(
        (
            f"{now.label} forwards to {now.forward}, not to {pair.prod.forward}",
            manual_actions.restore_route_command(pair.prod),
        )
        for pair, now in left
    )


def rules_serving_green(deployment: Deployment, context: DeployContext) -> tuple[Route, ...]:
    """Return the production rules that send requests to the new group's target group."""
    pairs = deployment.snapshot.routes
    live = load_balancer_api(context).read([pair.prod for pair in pairs]) if pairs else ()
    return tuple(now for pair, now in zip(pairs, live, strict=True) if now.forward.share_of(pair.green) > 0)


def is_externally_modified(live: Route, pair: RoutePair) -> bool:
    """Whether a production rule forwards as this deployment never writes it, with no requests for the new group."""
    return live.forward.share_of(pair.green) == 0 and not _is_own_forward(live.forward, pair)


def raise_for_skipped(left: Sequence[str]) -> None:
    """Raise `FailedError` for the rules that were not restored, once everything else is."""
    if left:
        raise FailedError(f"Not restored: {'; '.join(left)}.", next_step="find out what modifies this rule.")


def restore_routes_commands(deployment: Deployment) -> str:
    """Return what restores every route and the old group's name; the old group may be at 0, so that comes first."""
    pairs = deployment.snapshot.routes
    routes = [route for pair in pairs for route in (pair.prod, pair.stage) if route is not None]
    return manual_actions.all_of(
        manual_actions.require_up(deployment.snapshot.old) if routes else "",
        *(manual_actions.restore_route_command(route) for route in routes),
        manual_actions.restore_name(deployment.snapshot.old),
    )


def promote_commands(deployment: Deployment) -> str:
    """Return the commands that make the new group serve, for when the old one no longer exists; empty without one."""
    if deployment.new is None:
        return ""
    routes = [
        replace(route, forward=_moved_forward(route.forward, pair))
        for pair in deployment.snapshot.routes
        for route in (pair.prod, pair.stage)
        if route is not None
    ]
    kept = manual_actions.keep_group(deployment.new, deployment.capacity)
    name = manual_actions.restore_name(replace(deployment.new, name=deployment.app)) if routes else ""
    return manual_actions.all_of(kept, name, *(manual_actions.restore_route_command(route) for route in routes))


def _moved_forward(forward: Forward, pair: RoutePair) -> Forward:
    return shift_forward(forward, pair, 100) if pair.stage is None else swap_forward(forward, pair)


def _restore_route(
    deployment: Deployment, context: DeployContext, live: Route, forward: Forward, *, bring_up: bool
) -> None:
    """Write the forward, and read it back only if ELB's response differs from it: every second counts here."""
    try:
        written = _write_back(context, live, forward)
    except SafetyError:
        if not bring_up:
            raise
        restore_old(deployment, context)
        written = load_balancer_api(context).write(live, forward)
    if not same_shares(written.forward, forward):
        verify_written(context, {live: forward})


def _write_back(context: DeployContext, live: Route, forward: Forward) -> Route:
    """Write the forward from before; warn if it was restored so long ago that what was read is somebody else's."""
    write, now = context.written.rules.get(live.rule), context.clock.now()
    restored = write is not None and identical(write.forward, forward) and now - write.at >= RULE_LAG
    written = load_balancer_api(context).write(live, forward)
    if restored and not same_shares(live.forward, forward):
        what = f"{live.label} was modified outside this deployment after it had been restored"
        todo = "It was restored again; find out what modifies it."
        context.notify(WarningEvent(f"{what}: it forwarded to {live.forward}. {todo}"))
    return written


def _run_all(actions: Iterable[Callable[[], object]]) -> None:
    """Run every action even if others fail; raise the first error at the end, with the messages of all."""
    errors: list[SpotactionError] = []
    for act in actions:
        try:
            act()
        except CancelledError:
            raise
        except SpotactionError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        messages = dict.fromkeys(with_full_stop(error.message) for error in errors)
        raise FailedError(" ".join(messages), next_step=errors[0].next_step)


def _describe_external_change(live: Route) -> str:
    return f"{live.label} was modified outside this deployment and forwards to {live.forward}"


def _is_own_forward(forward: Forward, pair: RoutePair) -> bool:
    """Whether this deployment may have written it: a shift keeps both target groups on the rule, a swap the shares."""
    before = pair.prod.forward
    if pair.stage is None:
        return named_target_groups(forward) == {pair.blue, pair.green} and forward.sticky_seconds in {
            before.sticky_seconds,
            None,
        }
    return same_shares(forward, before) or same_shares(forward, swap_forward(before, pair))


def _needs_restore(context: DeployContext, live: Route, before: Route) -> bool:
    """Whether a rule may differ from before, by a read or by what this or an earlier process wrote."""
    write = context.written.rules.get(before.rule)
    if not same_shares(live.forward, before.forward):
        return True
    return not identical(write.forward, before.forward) if write is not None else not context.written.complete


def _misrouted_pairs(context: DeployContext, pairs: Sequence[RoutePair]) -> list[tuple[RoutePair, Route]]:
    """The production rules that do not forward as before, read until the last writes show."""
    prods = [pair.prod for pair in pairs]
    live = read_settled(context, lambda: load_balancer_api(context).read(prods))
    return [(pair, now) for pair, now in zip(pairs, live, strict=True) if not identical(now.forward, pair.prod.forward)]


def _compare_with_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> Verdict:
    for route, live in zip(wanted, load_balancer_api(context).read(list(wanted)), strict=True):
        if not identical(live.forward, wanted[route]):
            return Waiting(f"{live.label} forwards to {live.forward}, not to {wanted[route]}", 0, 1)
    return Ready("as written")
