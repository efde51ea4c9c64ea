"""What the steps share about routes: compare, write, read back, put back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from spotaction import by_hand, naming
from spotaction.deployment import Deployment, RoutePair
from spotaction.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    FailedError,
    SpotactionError,
    UnsafeError,
    sentence,
)
from spotaction.events import Note, Warned
from spotaction.forwards import ELB_LAG, exactly, named, read_settled, same
from spotaction.health import Ready, Verdict, Waiting
from spotaction.model import Forward, Route, TargetGroupArn, Weighted
from spotaction.pacing import soon
from spotaction.ports import Routes
from spotaction.safety import where
from spotaction.steps.groups import restore_old
from spotaction.waiting import Wait, wait_for
from spotaction.world import World


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


def beside(forward: Forward, target_group: TargetGroupArn) -> Forward:
    """The same shares, with a target group more that gets nothing: a rule that names it keeps its health checked."""
    if any(target.target_group == target_group for target in forward.targets):
        return forward
    return replace(forward, targets=(*forward.targets, Weighted(target_group, 0)))


def change(world: World, live: Route, wanted: Forward) -> None:
    """Write a route that was just read, unless it is so already, and read it back until it is so."""
    if exactly(live.forward, wanted):
        return
    ports(world).write(live, wanted)
    verify(world, {live: wanted})


def verify(world: World, wanted: Mapping[Route, Forward]) -> None:
    """Read the routes until they forward as wanted: ELB may take seconds to say so."""
    name = ", ".join(where(route) for route in wanted)
    wait = Wait(f"{name} reads back", lambda: _compare(world, wanted), soon)
    wait_for([wait], timeout=ELB_LAG, clock=world.clock, notify=world.notify, pauses=world.pauses)


def unchanged(live: Route, snapshot: Route, wanted: Forward) -> None:
    """Compare before write. Raises `FailedError` when someone else changed the rule since the snapshot."""
    if same(live.forward, snapshot.forward) or same(live.forward, wanted):
        return
    raise FailedError(
        f"{where(live)} was changed by someone else: it forwarded to {snapshot.forward} when this deployment began, "
        f"now to {live.forward}.",
        next_step="find out who writes this rule (another pipeline, Terraform, a person), then run again.",
    )


def restore_production(deployment: Deployment, world: World, *, bring_up: bool) -> tuple[str, ...]:
    """Every production rule back to its snapshot; the answer are those left alone since somebody else changed them.

    What may have been written is written back whatever a read says, since reads lag. A rule that somebody else made
    into something of his own is left alone, unless it sends requests to the group that goes.
    Where blue has too few healthy targets the old group is brought up first if `bring_up`, else `UnsafeError` is
    raised. A rule that cannot be written does not keep the others from being put back.
    """
    pairs = deployment.snapshot.routes
    if not pairs:
        return ()
    live = ports(world).read([pair.prod for pair in pairs])
    found = list(zip(pairs, live, strict=True))
    foreign = [(pair, now) for pair, now in found if is_foreign(now, pair)]
    _do_all(
        partial(_put_back, deployment, world, now, pair.prod.forward, bring_up=bring_up)
        for pair, now in found
        if (pair, now) not in foreign and _to_write_back(world, now, pair.prod)
    )
    return tuple(_foreign(now) for _, now in foreign)


def restore_stage(deployment: Deployment, world: World) -> tuple[str, ...]:
    """Every stage rule back to its snapshot; the answer are those left alone since somebody else changed them."""
    staged = [(pair, pair.stage) for pair in deployment.snapshot.routes if pair.stage is not None]
    live = ports(world).read([stage for _, stage in staged]) if staged else ()
    found = [(pair, stage, now) for (pair, stage), now in zip(staged, live, strict=True)]
    ours = [each for each in found if named(each[2].forward) <= {each[0].blue, each[0].green}]
    _do_all(
        partial(ports(world).write, now, stage.forward) for _, stage, now in ours if _to_write_back(world, now, stage)
    )
    return tuple(_foreign(each[2]) for each in found if each not in ours)


def restore(world: World, live: Route, before: Route) -> None:
    """A rule back to what it was, if this deployment may have written it."""
    if _to_write_back(world, live, before):
        ports(world).write(live, before.forward)


def look_at_production(deployment: Deployment, world: World) -> tuple[tuple[str, str], ...]:
    """The last look after a rollback: what does not forward as before, each with the command that puts it right.

    What this run wrote, and what sends requests to where the group was, is put back once more before it is told.
    """
    pairs = deployment.snapshot.routes
    if not pairs or world.routes is None:
        return ()
    astray = _astray(world, pairs)
    ours = [(pair, now) for pair, now in astray if not is_foreign(now, pair)]
    try:
        _do_all(partial(ports(world).write, now, pair.prod.forward) for pair, now in ours)
    except (ApiError, CredentialError, FailedError, UnsafeError) as error:
        world.notify(Note(f"Production's rules cannot be put back: {error.message}"))
    left = _astray(world, pairs) if ours else astray
    return tuple(
        (f"{where(now)} forwards to {now.forward}, not to {pair.prod.forward}", by_hand.route(pair.prod))
        for pair, now in left
    )


def serves_green(deployment: Deployment, world: World) -> tuple[Route, ...]:
    """The production rules that send requests to the new group's target group."""
    pairs = deployment.snapshot.routes
    live = ports(world).read([pair.prod for pair in pairs]) if pairs else ()
    return tuple(now for pair, now in zip(pairs, live, strict=True) if now.forward.share(pair.green) > 0)


def is_foreign(live: Route, pair: RoutePair) -> bool:
    """Whether a production rule is as this deployment never writes it, and gives the new group nothing."""
    return live.forward.share(pair.green) == 0 and not _is_a_form_of(live.forward, pair)


def complain(left: Sequence[str]) -> None:
    """Raise `FailedError` for the rules that were left alone, once everything else is put back."""
    if left:
        raise FailedError(f"Left as it is: {'; '.join(left)}.", next_step="find out who writes this rule.")


def routes_by_hand(deployment: Deployment) -> str:
    """The commands that put back every route and the old group's name."""
    pairs = deployment.snapshot.routes
    routes = [route for pair in pairs for route in (pair.prod, pair.stage) if route is not None]
    return by_hand.all_of(*(by_hand.route(route) for route in routes), by_hand.name(deployment.snapshot.old))


def to_new(deployment: Deployment) -> str:
    """What makes the new group the one that serves, by hand: for where the old group is gone."""
    if deployment.new is None:
        return ""
    routes = [
        replace(route, forward=_moved(route.forward, pair))
        for pair in deployment.snapshot.routes
        for route in (pair.prod, pair.stage)
        if route is not None
    ]
    kept = by_hand.keep(deployment.new, deployment.capacity)
    name = by_hand.name(replace(deployment.new, name=deployment.app)) if routes else ""
    return by_hand.all_of(kept, name, *(by_hand.route(route) for route in routes))


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
    """The names as the snapshot has them; the new group's matters less, as it is about to be deleted."""
    old, new, written = deployment.snapshot.old, deployment.new, world.written
    if old is not None and (not written.whole or old.id in written.names):
        world.groups.update(old.id, name=old.name)
    if new is None or (written.whole and new.id not in written.names) or world.groups.get(new.id) is None:
        return
    try:
        world.groups.update(new.id, name=naming.stage_name(deployment.app, world.options.stage_suffix))
    except (ApiError, CredentialError) as error:
        world.notify(Warned(f"{new.id} keeps the name {deployment.app}: {error.message}"))


def _moved(forward: Forward, pair: RoutePair) -> Forward:
    return shifted(forward, pair, 100) if pair.stage is None else swapped(forward, pair)


def _put_back(deployment: Deployment, world: World, live: Route, forward: Forward, *, bring_up: bool) -> None:
    """Write; what ELB answers to that is read back only if it is not what was written: every second counts here."""
    try:
        written = ports(world).write(live, forward)
    except UnsafeError:
        if not bring_up:
            raise
        restore_old(deployment, world)
        written = ports(world).write(live, forward)
    if not same(written.forward, forward):
        verify(world, {live: forward})


def _do_all(actions: Iterable[Callable[[], object]]) -> None:
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
        raise FailedError(" ".join(sentence(error.message) for error in errors), next_step=errors[0].next_step)


def _foreign(live: Route) -> str:
    return f"{where(live)} was changed by someone else and forwards to {live.forward}"


def _is_a_form_of(forward: Forward, pair: RoutePair) -> bool:
    """A shift keeps both target groups on its rule, a swap the shares; neither gives a rule stickiness of its own."""
    before = pair.prod.forward
    if pair.stage is None:
        return named(forward) == {pair.blue, pair.green} and forward.sticky_seconds in {before.sticky_seconds, None}
    return same(forward, before) or same(forward, swapped(before, pair))


def _to_write_back(world: World, live: Route, before: Route) -> bool:
    """Whether a rule may not be what it was: by what was written, by this process or by one before, then by a read."""
    write = world.written.rules.get(before.rule)
    if not same(live.forward, before.forward):
        return True
    return not exactly(write.forward, before.forward) if write is not None else not world.written.whole


def _astray(world: World, pairs: Sequence[RoutePair]) -> list[tuple[RoutePair, Route]]:
    """The production rules that do not forward as before, as they read once what was written shows."""
    prods = [pair.prod for pair in pairs]
    live = read_settled(world, lambda: ports(world).read(prods))
    return [(pair, now) for pair, now in zip(pairs, live, strict=True) if not same(now.forward, pair.prod.forward)]


def _compare(world: World, wanted: Mapping[Route, Forward]) -> Verdict:
    for route, live in zip(wanted, ports(world).read(list(wanted)), strict=True):
        if not exactly(live.forward, wanted[route]):
            return Waiting(f"{where(live)} forwards to {live.forward}, not to {wanted[route]}", 0, 1)
    return Ready("as written")
