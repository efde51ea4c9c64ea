"""What the steps share about routes: compare, write, read back, put back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import ELB_LAG, identical, named_target_groups, read_settled, same_shares
from spotaction.engine.safety import route_label
from spotaction.engine.steps.groups import restore_old
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import poll_interval_read_back
from spotaction.model import naming
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
    """The routes port, which strategies with load balancers cannot do without (checked at the start)."""
    assert context.routes is not None
    return context.routes


def swap_forward(forward: Forward, pair: RoutePair) -> Forward:
    """The forward with blue and green exchanged; weights, order and stickiness stay."""
    other: Mapping[TargetGroupArn, TargetGroupArn] = {pair.blue: pair.green, pair.green: pair.blue}
    moved = tuple(Weighted(other.get(t.target_group, t.target_group), t.weight) for t in forward.targets)
    return replace(forward, targets=moved)


def shift_forward(forward: Forward, pair: RoutePair, percent: int) -> Forward:
    """`percent` of the requests to green and the rest to blue, in the order of the rule."""
    weights = {pair.green: percent, pair.blue: 100 - percent}
    return replace(forward, targets=tuple(Weighted(t.target_group, weights[t.target_group]) for t in forward.targets))


def with_idle_target(forward: Forward, target_group: TargetGroupArn) -> Forward:
    """The same shares, with a target group more that gets nothing: a rule that names it keeps its health checked."""
    if any(target.target_group == target_group for target in forward.targets):
        return forward
    return replace(forward, targets=(*forward.targets, Weighted(target_group, 0)))


def write_and_verify(context: DeployContext, live: Route, wanted: Forward) -> None:
    """Write a route that was just read, unless it is so already, and read it back until it is so."""
    if identical(live.forward, wanted):
        return
    load_balancer_api(context).write(live, wanted)
    verify_written(context, {live: wanted})


def verify_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> None:
    """Read the routes until they forward as wanted: ELB may take seconds to say so."""
    name = ", ".join(route_label(route) for route in wanted)
    wait = Wait(f"{name} reads back", lambda: _compare_with_written(context, wanted), poll_interval_read_back)
    wait_for([wait], timeout=ELB_LAG, clock=context.clock, notify=context.notify, pauses=context.call_budget)


def require_unmodified(live: Route, snapshot: Route, wanted: Forward) -> None:
    """Compare before write. Raises `FailedError` when someone else changed the rule since the snapshot."""
    if same_shares(live.forward, snapshot.forward) or same_shares(live.forward, wanted):
        return
    raise FailedError(
        f"{route_label(live)} was changed by someone else: it forwarded to {snapshot.forward} when this "
        f"deployment began, "
        f"now to {live.forward}.",
        next_step="find out who writes this rule (another pipeline, Terraform, a person), then run again.",
    )


def restore_production(deployment: Deployment, context: DeployContext, *, bring_up: bool) -> tuple[str, ...]:
    """Every production rule back to its snapshot; the answer are those left alone since somebody else changed them.

    What may have been written is written back whatever a read says, since reads lag. A rule that somebody else made
    into something of his own is left alone, unless it sends requests to the group that goes.
    Where blue has too few healthy targets the old group is brought up first if `bring_up`, else `SafetyError` is
    raised. A rule that cannot be written does not keep the others from being put back.
    """
    pairs = deployment.snapshot.routes
    if not pairs:
        return ()
    live = load_balancer_api(context).read([pair.prod for pair in pairs])
    found = list(zip(pairs, live, strict=True))
    foreign = [(pair, now) for pair, now in found if is_foreign(now, pair)]
    _run_all(
        partial(_restore_route, deployment, context, now, pair.prod.forward, bring_up=bring_up)
        for pair, now in found
        if (pair, now) not in foreign and _to_write_back(context, now, pair.prod)
    )
    return tuple(_describe_foreign_change(now) for _, now in foreign)


def restore_stage(deployment: Deployment, context: DeployContext) -> tuple[str, ...]:
    """Every stage rule back to its snapshot; the answer are those left alone since somebody else changed them."""
    staged = [(pair, pair.stage) for pair in deployment.snapshot.routes if pair.stage is not None]
    live = load_balancer_api(context).read([stage for _, stage in staged]) if staged else ()
    found = [(pair, stage, now) for (pair, stage), now in zip(staged, live, strict=True)]
    ours = [each for each in found if named_target_groups(each[2].forward) <= {each[0].blue, each[0].green}]
    _run_all(
        partial(load_balancer_api(context).write, now, stage.forward)
        for _, stage, now in ours
        if _to_write_back(context, now, stage)
    )
    return tuple(_describe_foreign_change(each[2]) for each in found if each not in ours)


def restore_rule(context: DeployContext, live: Route, before: Route) -> None:
    """A rule back to what it was, if this deployment may have written it."""
    if _to_write_back(context, live, before):
        load_balancer_api(context).write(live, before.forward)


def verify_production(deployment: Deployment, context: DeployContext) -> tuple[tuple[str, str], ...]:
    """The last look after a rollback: what does not forward as before, each with the command that puts it right.

    What this run wrote, and what sends requests to where the group was, is put back once more before it is told.
    """
    pairs = deployment.snapshot.routes
    if not pairs or context.routes is None:
        return ()
    astray = _misrouted_pairs(context, pairs)
    ours = [(pair, now) for pair, now in astray if not is_foreign(now, pair)]
    try:
        _run_all(partial(load_balancer_api(context).write, now, pair.prod.forward) for pair, now in ours)
    except (ApiError, CredentialError, FailedError, SafetyError) as error:
        context.notify(Note(f"Production's rules cannot be put back: {error.message}"))
    left = _misrouted_pairs(context, pairs) if ours else astray
    return tuple(
        (
            f"{route_label(now)} forwards to {now.forward}, not to {pair.prod.forward}",
            manual_actions.restore_route_command(pair.prod),
        )
        for pair, now in left
    )


def rules_serving_green(deployment: Deployment, context: DeployContext) -> tuple[Route, ...]:
    """The production rules that send requests to the new group's target group."""
    pairs = deployment.snapshot.routes
    live = load_balancer_api(context).read([pair.prod for pair in pairs]) if pairs else ()
    return tuple(now for pair, now in zip(pairs, live, strict=True) if now.forward.share_of(pair.green) > 0)


def is_foreign(live: Route, pair: RoutePair) -> bool:
    """Whether a production rule is as this deployment never writes it, and gives the new group nothing."""
    return live.forward.share_of(pair.green) == 0 and not _is_a_form_of(live.forward, pair)


def raise_for_skipped(left: Sequence[str]) -> None:
    """Raise `FailedError` for the rules that were left alone, once everything else is put back."""
    if left:
        raise FailedError(f"Left as it is: {'; '.join(left)}.", next_step="find out who writes this rule.")


def restore_routes_commands(deployment: Deployment) -> str:
    """The commands that put back every route and the old group's name."""
    pairs = deployment.snapshot.routes
    routes = [route for pair in pairs for route in (pair.prod, pair.stage) if route is not None]
    return manual_actions.all_of(
        *(manual_actions.restore_route_command(route) for route in routes),
        manual_actions.restore_name(deployment.snapshot.old),
    )


def promote_commands(deployment: Deployment) -> str:
    """What makes the new group the one that serves, by hand: for where the old group is gone."""
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


def take_names(deployment: Deployment, context: DeployContext) -> None:
    """The new group gets the app's name and the old one the stage name, now that the routes say so."""
    old = deployment.snapshot.old
    assert deployment.new is not None
    context.groups.update(deployment.new.id, name=deployment.app)
    deployment.new = replace(deployment.new, name=deployment.app)
    context.save(deployment)
    if old is not None:
        context.groups.update(old.id, name=naming.stage_name(deployment.app, context.options.stage_suffix))


def restore_names(deployment: Deployment, context: DeployContext) -> None:
    """The names as the snapshot has them; the new group's matters less, as it is about to be deleted."""
    old, new, written = deployment.snapshot.old, deployment.new, context.written
    if old is not None and (not written.whole or old.id in written.names):
        context.groups.update(old.id, name=old.name)
    if new is None or (written.whole and new.id not in written.names) or context.groups.get(new.id) is None:
        return
    try:
        context.groups.update(new.id, name=naming.stage_name(deployment.app, context.options.stage_suffix))
    except (ApiError, CredentialError) as error:
        context.notify(WarningEvent(f"{new.id} keeps the name {deployment.app}: {error.message}"))


def _moved_forward(forward: Forward, pair: RoutePair) -> Forward:
    return shift_forward(forward, pair, 100) if pair.stage is None else swap_forward(forward, pair)


def _restore_route(
    deployment: Deployment, context: DeployContext, live: Route, forward: Forward, *, bring_up: bool
) -> None:
    """Write; what ELB answers to that is read back only if it is not what was written: every second counts here."""
    try:
        written = load_balancer_api(context).write(live, forward)
    except SafetyError:
        if not bring_up:
            raise
        restore_old(deployment, context)
        written = load_balancer_api(context).write(live, forward)
    if not same_shares(written.forward, forward):
        verify_written(context, {live: forward})


def _run_all(actions: Iterable[Callable[[], object]]) -> None:
    """Do each of them whatever becomes of the others; the first error is raised at the end, with the rest in words."""
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
        raise FailedError(" ".join(with_full_stop(error.message) for error in errors), next_step=errors[0].next_step)


def _describe_foreign_change(live: Route) -> str:
    return f"{route_label(live)} was changed by someone else and forwards to {live.forward}"


def _is_a_form_of(forward: Forward, pair: RoutePair) -> bool:
    """A shift keeps both target groups on its rule, a swap the shares; neither gives a rule stickiness of its own."""
    before = pair.prod.forward
    if pair.stage is None:
        return named_target_groups(forward) == {pair.blue, pair.green} and forward.sticky_seconds in {
            before.sticky_seconds,
            None,
        }
    return same_shares(forward, before) or same_shares(forward, swap_forward(before, pair))


def _to_write_back(context: DeployContext, live: Route, before: Route) -> bool:
    """Whether a rule may not be what it was: by what was written, by this process or by one before, then by a read."""
    write = context.written.rules.get(before.rule)
    if not same_shares(live.forward, before.forward):
        return True
    return not identical(write.forward, before.forward) if write is not None else not context.written.whole


def _misrouted_pairs(context: DeployContext, pairs: Sequence[RoutePair]) -> list[tuple[RoutePair, Route]]:
    """The production rules that do not forward as before, as they read once what was written shows."""
    prods = [pair.prod for pair in pairs]
    live = read_settled(context, lambda: load_balancer_api(context).read(prods))
    return [(pair, now) for pair, now in zip(pairs, live, strict=True) if not identical(now.forward, pair.prod.forward)]


def _compare_with_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> Verdict:
    for route, live in zip(wanted, load_balancer_api(context).read(list(wanted)), strict=True):
        if not identical(live.forward, wanted[route]):
            return Waiting(f"{route_label(live)} forwards to {live.forward}, not to {wanted[route]}", 0, 1)
    return Ready("as written")
