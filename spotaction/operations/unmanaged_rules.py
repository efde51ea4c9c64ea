"""Rules that are not part of a deployment and send requests to the group that it is to empty."""

from collections.abc import Iterator, Sequence

from spotaction.engine.context import DeployContext
from spotaction.engine.safety import route_label
from spotaction.model.deployment import RoutePair, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.execution import DownsizeSpec, Execution, StandaloneSpec
from spotaction.model.resources import Route, RuleArn

_AT_MOST = 5


def require_no_unmanaged_rules(pairs: Sequence[RoutePair], execution: Execution, context: DeployContext) -> None:
    """Raises `RefusedError` where a rule that nobody moves would be left with no target.

    A default rule, which every listener has to have, is only told; with `allow_other_rules`, the others are, too.
    """
    if not any(isinstance(step, DownsizeSpec) for step in execution.steps):
        return
    found = list(_unmanaged_rules(pairs, execution, context))
    rules = [route for route in found if not route.is_default]
    if rules and not context.options.allow_other_rules:
        raise RefusedError(
            _describe_rules(rules),
            next_step="name each in load-balancers or standalone-shift, or set allow-other-rules: true if nobody would "
            "miss it.",
        )
    if found:
        context.notify(Note(_describe_rules(found)))


def green_rules(snapshot: Snapshot, context: DeployContext) -> frozenset[RuleArn]:
    """The rules beside the deployment that send requests to green already: they had nothing there before."""
    moved = {route.rule for pair in snapshot.routes for route in (pair.prod, pair.stage) if route}
    found = {
        route.rule: route
        for pair in snapshot.routes
        if context.routes is not None
        for route in context.routes.beside(pair.prod)
        if route.forward.share_of(pair.green) > 0 and route.rule not in moved
    }
    rules = [route for route in found.values() if not route.is_default]
    if rules and not context.options.allow_other_rules:
        verb = "sends" if len(rules) == 1 else "send"
        context.notify(
            Note(
                f"{_listed(rules)} {verb} requests to where the new group is staged. A rollback by another run leaves "
                "the new group up for them, unless allow-other-rules is true."
            )
        )
    return frozenset(found)


def _describe_rules(routes: Sequence[Route]) -> str:
    return (
        f"The group that is to be scaled to 0 also gets requests by {_listed(routes)}, which this deployment does not "
        "move."
    )


def _listed(routes: Sequence[Route]) -> str:
    named = [f"{route_label(route)} ({route.forward})" for route in routes[:_AT_MOST]]
    more = f" and {len(routes) - _AT_MOST} more" if len(routes) > _AT_MOST else ""
    return f"{', '.join(named)}{more}"


def _unmanaged_rules(pairs: Sequence[RoutePair], execution: Execution, context: DeployContext) -> Iterator[Route]:
    """A stage's listener is no production, and what it does besides is its own affair."""
    moved = {_rule_key(route) for pair in pairs for route in (pair.prod, pair.stage) if route}
    moved |= {step.shift.rule for step in execution.steps if isinstance(step, StandaloneSpec)}
    stages = {pair.stage.listener for pair in pairs if pair.stage} - {pair.prod.listener for pair in pairs}
    seen: set[str] = set(moved)
    for pair in pairs:
        assert context.routes is not None
        for route in context.routes.beside(pair.prod):
            if (
                not {_rule_key(route), route.rule} & seen
                and route.listener not in stages
                and route.forward.share_of(pair.blue)
            ):
                seen.add(_rule_key(route))
                yield route


def _rule_key(route: Route) -> str:
    """A default rule goes by its listener: not everybody who found it knows its own ARN."""
    return route.listener if route.is_default else route.rule
