"""What the steps share about routes: compare, write, read back, put back."""

from collections.abc import Mapping
from dataclasses import replace

from spotaction import naming
from spotaction.deployment import Deployment, RoutePair
from spotaction.errors import FailedError, UnsafeError
from spotaction.events import LeftUndone
from spotaction.health import Ready, Verdict, Waiting
from spotaction.model import Forward, Route, TargetGroupArn, Weighted
from spotaction.pacing import soon
from spotaction.ports import Routes
from spotaction.safety import where
from spotaction.steps.groups import restore_old
from spotaction.waiting import Wait, wait_for
from spotaction.world import World

_READ_BACK = 30.0


def ports(world: World) -> Routes:
    """The routes port, which strategies with load balancers cannot do without (checked at the start)."""
    assert world.routes is not None
    return world.routes


def swapped(forward: Forward, pair: RoutePair) -> Forward:
    """The forward with blue and green exchanged; weights, order and stickiness stay."""
    other: Mapping[TargetGroupArn, TargetGroupArn] = {pair.blue: pair.green, pair.green: pair.blue}
    moved = tuple(Weighted(other.get(t.target_group, t.target_group), t.weight) for t in forward.targets)
    return replace(forward, targets=moved)


def shifted(forward: Forward, pair: RoutePair, percent: int) -> Forward:
    """`percent` of the requests to green and the rest to blue, in the order of the rule."""
    weights = {pair.green: percent, pair.blue: 100 - percent}
    return replace(forward, targets=tuple(Weighted(t.target_group, weights[t.target_group]) for t in forward.targets))


def same(one: Forward, other: Forward) -> bool:
    """Whether two forwards send the same shares to the same target groups with the same stickiness."""
    arns = {target.target_group for target in (*one.targets, *other.targets)}
    shares = all(abs(one.share(arn) - other.share(arn)) < 1e-9 for arn in arns)  # noqa: PLR2004 - rounding
    return shares and one.sticky_seconds == other.sticky_seconds


def change(world: World, live: Route, wanted: Forward) -> None:
    """Write a route that was just read, unless it is so already, and read it back until it is so."""
    if same(live.forward, wanted):
        return
    ports(world).write(live, wanted)
    verify(world, {live: wanted})


def verify(world: World, wanted: Mapping[Route, Forward]) -> None:
    """Read the routes until they forward as wanted: ELB may take seconds to say so."""
    name = ", ".join(where(route) for route in wanted)
    wait = Wait(f"{name} reads back", lambda: _compare(world, wanted), soon)
    wait_for([wait], timeout=_READ_BACK, clock=world.clock, notify=world.notify)


def unchanged(live: Route, snapshot: Route, wanted: Forward) -> None:
    """Compare before write. Raises `FailedError` when someone else changed the rule since the snapshot."""
    if same(live.forward, snapshot.forward) or same(live.forward, wanted):
        return
    raise FailedError(
        f"{where(live)} was changed by someone else: it forwarded to {snapshot.forward} when this deployment began, "
        f"now to {live.forward}.",
        next_step="find out who writes this rule (another pipeline, Terraform, a person), then run again.",
    )


def restore_production(deployment: Deployment, world: World, *, bring_up: bool) -> None:
    """Every production rule back to its snapshot.

    A rule that somebody else changed meanwhile is left alone and reported. Where blue has too few healthy targets the
    old group is brought up first if `bring_up`, else `UnsafeError` is raised.
    """
    pairs = deployment.snapshot.routes
    if not pairs or world.routes is None:
        return
    for pair, live in zip(pairs, world.routes.read([pair.prod for pair in pairs]), strict=True):
        if same(live.forward, pair.prod.forward):
            continue
        if not _ours(live, pair):
            world.notify(LeftUndone(f"{where(live)} forwards to {live.forward}", "somebody else changed it"))
            continue
        _put_back(deployment, world, live, pair.prod.forward, bring_up=bring_up)


def restore_stage(deployment: Deployment, world: World) -> None:
    """Every stage rule back to its snapshot."""
    pairs = [pair for pair in deployment.snapshot.routes if pair.stage is not None]
    stages = [pair.stage for pair in pairs if pair.stage is not None]
    for stage, live in zip(stages, ports(world).read(stages) if stages else (), strict=True):
        change(world, live, stage.forward)


def take_names(deployment: Deployment, world: World) -> None:
    """The new group gets the app's name and the old one the stage name, now that the routes say so."""
    old = deployment.snapshot.old
    assert deployment.new is not None
    world.groups.update(deployment.new.id, name=deployment.app)
    deployment.new = replace(deployment.new, name=deployment.app)
    world.save(deployment)
    if old is not None:
        world.groups.update(old.id, name=naming.stage_name(deployment.app, world.options.stage_suffix))


def restore_names(deployment: Deployment, world: World) -> None:
    """The names as the snapshot has them."""
    old = deployment.snapshot.old
    if deployment.new is not None and world.groups.get(deployment.new.id) is not None:
        stage = naming.stage_name(deployment.app, world.options.stage_suffix)
        world.groups.update(deployment.new.id, name=stage)
    if old is not None:
        world.groups.update(old.id, name=old.name)


def _put_back(deployment: Deployment, world: World, live: Route, forward: Forward, *, bring_up: bool) -> None:
    try:
        ports(world).write(live, forward)
    except UnsafeError:
        if not bring_up:
            raise
        restore_old(deployment, world)
        ports(world).write(live, forward)
    verify(world, {live: forward})


def _ours(live: Route, pair: RoutePair) -> bool:
    return {target.target_group for target in live.forward.targets} <= {pair.blue, pair.green}


def _compare(world: World, wanted: Mapping[Route, Forward]) -> Verdict:
    for route, live in zip(wanted, ports(world).read(list(wanted)), strict=True):
        if not same(live.forward, wanted[route]):
            return Waiting(f"{where(live)} forwards to {live.forward}, not to {wanted[route]}", 0, 1)
    return Ready("as written")
