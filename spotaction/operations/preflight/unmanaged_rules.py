"""Rules outside a deployment that send requests to the group that it will scale to 0."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import RoutePair, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.execution import DownsizeSpec, Execution, StandaloneSpec
from spotaction.model.resources import Group, JsonObject, ListenerArn, Route, RuleArn, TargetGroupArn, arn_name
from spotaction.operations.preflight.shared_target_groups import attachments

_AT_MOST = 5
_ALLOW = "set allow: other-rules if they are not needed."
_NAME = (
    "name each rule in load-balancers or in a step that shifts it, keep the old group up with downsize-old: never, or "
    f"{_ALLOW}"
)
_ATTACH = f"attach the new group there as well (loadBalancersConfig in the Elastigroup config), or {_ALLOW}"


def require_no_unmanaged_rules(pairs: Sequence[RoutePair], execution: Execution, context: DeployContext) -> None:
    """Raise `RefusedError` if a rule that the deployment does not move would be left without targets.

    A default rule, which every listener has, is only logged; with `allow_other_rules`, other rules are, too.
    """
    if not _has_downsize(execution):
        return
    found = list(_unmanaged_rules(pairs, execution, context))
    rules = [route for route in found if not route.is_default]
    if rules and not context.options.allow_other_rules:
        raise RefusedError(
            _describe_rules(rules),
            next_step=_NAME,
        )
    if found:
        context.notify(Note(_describe_rules(found)))


def require_none_left_behind(
    old: Group, config: JsonObject, pairs: Sequence[RoutePair], execution: Execution, context: DeployContext
) -> None:
    """Raise `RefusedError` if the old group serves in target groups that the new one will not be attached to.

    A default rule counts as well: it may be a listener's only one. Makes calls only if there are such target groups.
    Blue/green moves rules, so `config`, the new group's, does not count there; without a downsize the old group keeps
    serving.
    """
    if execution.blue_green and not _has_downsize(execution):
        return
    moved = {arn for pair in pairs for arn in (pair.blue, pair.green)}
    left = (attachments(old.config) | set(old.target_groups)) - moved
    left -= frozenset() if execution.blue_green else attachments(config)
    found = _describe_users(left, pairs, execution, context) if left else ""
    if not found:
        return
    names = ", ".join(sorted(arn_name(arn) if arn.startswith("arn:") else arn for arn in left))
    message = f"{old.name} ({old.id}) serves in {names}, where the new group will not: {found}."
    if not context.options.allow_other_rules:
        raise RefusedError(message, next_step=_NAME if execution.blue_green else _ATTACH)
    context.notify(Note(message))


def rules_on_green(snapshot: Snapshot, entered: AbstractSet[str], context: DeployContext) -> frozenset[RuleArn]:
    """Return the rules outside the deployment that already lead to the new group's target groups, and warn of them.

    `entered` are the target groups that only the new group is attached to, if no rules are moved.
    """
    moved = {route.rule for pair in snapshot.routes for route in (pair.prod, pair.stage) if route}
    found = {
        route.rule: route
        for route, green in _rules_on_green(snapshot, entered, context)
        if route.forward.share_of(green) > 0 and route.rule not in moved
    }
    rules = [route for route in found.values() if not route.is_default]
    if rules and not context.options.allow_other_rules:
        verb = "sends" if len(rules) == 1 else "send"
        context.notify(
            Note(
                f"{_listed(rules)} {verb} requests to the new group's target group. A rollback by another run keeps "
                "the new group up for them, unless allow has other-rules."
            )
        )
    return frozenset(found)


def _rules_on_green(
    snapshot: Snapshot, entered: AbstractSet[str], context: DeployContext
) -> Iterator[tuple[Route, TargetGroupArn]]:
    if context.routes is None:
        return
    for pair in snapshot.routes:
        yield from ((route, pair.green) for route in context.routes.other_rules(pair.prod))
    arns = [TargetGroupArn(arn) for arn in sorted(entered) if arn.startswith("arn:")]
    for route in context.routes.forwarding_to(arns) if arns else ():
        yield from ((route, arn) for arn in arns)


def _has_downsize(execution: Execution) -> bool:
    return any(isinstance(step, DownsizeSpec) for step in execution.steps)


def _describe_users(
    left: AbstractSet[str], pairs: Sequence[RoutePair], execution: Execution, context: DeployContext
) -> str:
    """Describe what sends requests to the target groups that are left behind; empty if nothing does."""
    arns = [TargetGroupArn(arn) for arn in sorted(left) if arn.startswith("arn:")]
    if len(arns) < len(left):
        return "a classic load balancer sends requests there"
    if context.routes is None:
        return "the rules that send requests there cannot be read without AWS credentials"
    moved, stages = _moved_rules(pairs, execution), _stage_listeners(pairs)
    routes = [
        route
        for route in context.routes.forwarding_to(arns)
        if not {_rule_key(route), route.rule} & moved
        and route.listener not in stages
        and any(route.forward.share_of(arn) > 0 for arn in arns)
    ]
    return f"requests come from {_listed(routes)}" if routes else ""


def _moved_rules(pairs: Sequence[RoutePair], execution: Execution) -> set[str]:
    moved = {_rule_key(route) for pair in pairs for route in (pair.prod, pair.stage) if route}
    return moved | {step.shift.rule for step in execution.steps if isinstance(step, StandaloneSpec)}


def _stage_listeners(pairs: Sequence[RoutePair]) -> set[ListenerArn]:
    return {pair.stage.listener for pair in pairs if pair.stage} - {pair.prod.listener for pair in pairs}


def _describe_rules(routes: Sequence[Route]) -> str:
    rules = _listed(routes)
    return f"The group to be scaled to 0 also receives requests from {rules}, which this deployment does not move."


def _listed(routes: Sequence[Route]) -> str:
    named = [f"{route.label} ({route.forward})" for route in routes[:_AT_MOST]]
    more = f" and {len(routes) - _AT_MOST} more" if len(routes) > _AT_MOST else ""
    return f"{', '.join(named)}{more}"


def _unmanaged_rules(pairs: Sequence[RoutePair], execution: Execution, context: DeployContext) -> Iterator[Route]:
    """A stage's listener is not production, and its other rules do not count."""
    known, stages = _moved_rules(pairs, execution), _stage_listeners(pairs)
    for pair in pairs:
        assert context.routes is not None
        for route in context.routes.other_rules(pair.prod):
            if (
                not {_rule_key(route), route.rule} & known
                and route.listener not in stages
                and route.forward.share_of(pair.blue)
            ):
                known.add(_rule_key(route))
                yield route


def _rule_key(route: Route) -> str:
    """A default rule is identified by its listener, since its own ARN is not always known."""
    return route.listener if route.is_default else route.rule
