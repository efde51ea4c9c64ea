"""Rules that are not part of a deployment and send requests to the group that it is to empty."""

from collections.abc import Iterator, Sequence

from spotaction.deployment import RoutePair, Snapshot
from spotaction.errors import RefusedError
from spotaction.events import Note
from spotaction.execution import DownsizeSpec, Execution, StandaloneSpec
from spotaction.model import Route, RuleArn
from spotaction.safety import where
from spotaction.world import World

_AT_MOST = 5


def check_bystanders(pairs: Sequence[RoutePair], execution: Execution, world: World) -> None:
    """Raises `RefusedError` where a rule that nobody moves would be left with no target.

    A default rule, which every listener has to have, is only told; with `allow_other_rules`, the others are, too.
    """
    if not any(isinstance(step, DownsizeSpec) for step in execution.steps):
        return
    found = list(_bystanders(pairs, execution, world))
    rules = [route for route in found if not route.is_default]
    if rules and not world.options.allow_other_rules:
        raise RefusedError(
            _told(rules),
            next_step="name each in load-balancers or standalone-shift, or set allow-other-rules: true if nobody would "
            "miss it.",
        )
    if found:
        world.notify(Note(_told(found)))


def green_rules(snapshot: Snapshot, world: World) -> frozenset[RuleArn]:
    """The rules beside the deployment that send requests to green already: they had nothing there before."""
    moved = {route.rule for pair in snapshot.routes for route in (pair.prod, pair.stage) if route}
    found = {
        route.rule: route
        for pair in snapshot.routes
        if world.routes is not None
        for route in world.routes.beside(pair.prod)
        if route.forward.share(pair.green) > 0 and route.rule not in moved
    }
    rules = [route for route in found.values() if not route.is_default]
    if rules and not world.options.allow_other_rules:
        verb = "sends" if len(rules) == 1 else "send"
        world.notify(
            Note(
                f"{_listed(rules)} {verb} requests to where the new group is staged. A rollback by another run leaves "
                "the new group up for them, unless allow-other-rules is true."
            )
        )
    return frozenset(found)


def _told(routes: Sequence[Route]) -> str:
    return (
        f"The group that is to be scaled to 0 also gets requests by {_listed(routes)}, which this deployment does not "
        "move."
    )


def _listed(routes: Sequence[Route]) -> str:
    named = [f"{where(route)} ({route.forward})" for route in routes[:_AT_MOST]]
    more = f" and {len(routes) - _AT_MOST} more" if len(routes) > _AT_MOST else ""
    return f"{', '.join(named)}{more}"


def _bystanders(pairs: Sequence[RoutePair], execution: Execution, world: World) -> Iterator[Route]:
    """A stage's listener is no production, and what it does besides is its own affair."""
    moved = {_key(route) for pair in pairs for route in (pair.prod, pair.stage) if route}
    moved |= {step.shift.rule for step in execution.steps if isinstance(step, StandaloneSpec)}
    stages = {pair.stage.listener for pair in pairs if pair.stage} - {pair.prod.listener for pair in pairs}
    seen: set[str] = set(moved)
    for pair in pairs:
        assert world.routes is not None
        for route in world.routes.beside(pair.prod):
            if not {_key(route), route.rule} & seen and route.listener not in stages and route.forward.share(pair.blue):
                seen.add(_key(route))
                yield route


def _key(route: Route) -> str:
    """A default rule goes by its listener: not everybody who found it knows its own ARN."""
    return route.listener if route.is_default else route.rule
