"""The routes of a blue-green deployment that nobody names: which rules it moves, as far as the clouds show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import named_target_groups
from spotaction.model.deployment import RoutePair
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.naming import version_prefix
from spotaction.model.resources import AppName, Group, Route, TargetGroupArn
from spotaction.operations.discovery import require_routes

_WHOLE = 1.0
_A_PAIR = 2
_AT_MOST = 4


@dataclass(frozen=True)
class _LeadingRules:
    """The rules that forward to the target groups of one group only: `blue` to the old one's, `green` to the new one's.

    `both` forward to one of each.
    """

    both: tuple[Route, ...]
    green: tuple[Route, ...]
    blue: tuple[Route, ...]


def find_moved_routes(new: Group, old: Group | None, app: AppName, context: DeployContext) -> tuple[RoutePair, ...]:
    """Return the rules that a blue-green deployment moves, as they are now.

    A rule with the target groups of both groups is being shifted. After a swap the groups have exchanged their names,
    so whatever sends requests to the new one is production. Before that, production and stage look the same, and
    nobody but the user knows which is which. Raises `RefusedError` then, and lists the rules.
    """
    routes = require_routes(
        context, f"{new.name} ({new.id}) belongs to a blue-green deployment, whose rollback needs AWS credentials."
    )
    before = old.target_groups if old else ()
    blues = [arn for arn in before if arn not in new.target_groups]
    greens = [arn for arn in new.target_groups if arn not in before]
    found = routes.forwarding_to([*blues, *greens]) if blues and greens else ()
    rules = _sort_rules(found, blues, greens)
    swapped = new.name == app
    pairs = _shifted(rules, blues, greens) if _is_shift(rules, greens, swapped=swapped) else ()
    if not pairs and swapped and not rules.both:
        pairs = _swapped(rules, blues, greens)
    if not pairs:
        raise RefusedError(
            _describe_unclear(new, found),
            next_step=_name_readings(_possible_inputs(rules, greens, swapped=swapped), version_prefix(app)),
        )
    where = ", ".join(f"{pair.prod.label} ({pair.prod.forward})" for pair in pairs)
    context.notify(Note(f"No load-balancers are given; the rules that lead to the new group are production: {where}."))
    return pairs


def _sort_rules(
    found: Iterable[Route], blues: Sequence[TargetGroupArn], greens: Sequence[TargetGroupArn]
) -> _LeadingRules:
    rules = tuple(found)
    both = tuple(route for route in rules if route.forward.names(blues) and route.forward.names(greens))
    rest = [route for route in rules if route not in both]
    return _LeadingRules(
        both,
        tuple(route for route in rest if route.forward.names(greens)),
        tuple(route for route in rest if route.forward.names(blues)),
    )


def _is_shift(rules: _LeadingRules, greens: Sequence[TargetGroupArn], *, swapped: bool) -> bool:
    """Whether `both` can only come from a shift.

    A swap gives the stage's rule the old target group, too, at weight 0, until production has left it. And a rule that
    leads to the new group alone may be production after a swap, whatever a rule of somebody else forwards to.
    """
    if not rules.both or rules.green:
        return False
    shares = [sum(route.forward.share_of(green) for green in greens) for route in rules.both]
    return swapped or min(shares) < _WHOLE or not rules.blue


def _shifted(
    rules: _LeadingRules, blues: Sequence[TargetGroupArn], greens: Sequence[TargetGroupArn]
) -> tuple[RoutePair, ...]:
    """The shifted rules; empty if one of them has more target groups than a shift leaves in it."""
    pairs = []
    for route in rules.both:
        blue = [target.target_group for target in route.forward.targets if target.target_group in blues]
        green = [target.target_group for target in route.forward.targets if target.target_group in greens]
        if len(blue) != 1 or len(green) != 1 or len(named_target_groups(route.forward)) != _A_PAIR:
            return ()
        pairs.append(RoutePair(route, None, blue[0], green[0]))
    return tuple(pairs)


def _swapped(
    rules: _LeadingRules, blues: Sequence[TargetGroupArn], greens: Sequence[TargetGroupArn]
) -> tuple[RoutePair, ...]:
    """Production's rules with the stage's of the same load balancer; empty unless there is one of each."""
    pairs = []
    for prod in rules.green:
        stages = [route for route in rules.blue if route.load_balancer == prod.load_balancer]
        prods = [route for route in rules.green if route.load_balancer == prod.load_balancer]
        green = [target.target_group for target in prod.forward.targets if target.target_group in greens]
        if len(stages) != 1 or len(prods) != 1 or len(green) != 1:
            return ()
        blue = [target.target_group for target in stages[0].forward.targets if target.target_group in blues]
        if len(blue) != 1:
            return ()
        pairs.append(RoutePair(prod, stages[0], blue[0], green[0]))
    return tuple(pairs)


def _describe_unclear(new: Group, found: Sequence[Route]) -> str:
    listed = "; ".join(f"{route.label} forwards to {route.forward}" for route in found[:_AT_MOST])
    more = f"; and {len(found) - _AT_MOST} more" if len(found) > _AT_MOST else ""
    seen = f"; these rules lead to its groups, and any of them may be production's: {listed}{more}" if found else ""
    return f"{new.name} ({new.id}) belongs to a blue-green deployment{seen}."


def _name_readings(inputs: Sequence[str], prefix: str) -> str:
    other = "or pass the output `deployment` of the run that started it."
    if not inputs:
        renamed = f"if it was renamed in a basic or canary deployment, give it its name back ({prefix}__<number>)"
        return f"set the same load-balancers, {other.removesuffix('.')}; {renamed}."
    listed = " or ".join(inputs[:_AT_MOST])
    return f"set load-balancers as the deployment had it, for production's rule and the stage's: {listed}; {other}"


def _possible_inputs(rules: _LeadingRules, greens: Sequence[TargetGroupArn], *, swapped: bool) -> list[str]:
    """The values of `load-balancers` that fit the rules, the likeliest first."""
    if swapped:
        found = [*product(rules.green, rules.blue)]
    elif rules.both:
        found = [*product((*rules.blue, *rules.green), rules.both)]
    else:
        found = [*product(rules.blue, rules.green), *product(rules.green, rules.blue)]
    swaps = [_swap_input(prod, stage) for prod, stage in found if prod.load_balancer == stage.load_balancer]
    return [*swaps, *(_shift_input(route, greens) for route in rules.both)]


def _swap_input(prod: Route, stage: Route) -> str:
    keys = [*_rule_keys(prod, "prod"), *_rule_keys(stage, "stage")]
    return f'"[{{loadBalancer: {prod.load_balancer}, {", ".join(keys)}}}]"'


def _shift_input(route: Route, greens: Sequence[TargetGroupArn]) -> str:
    green = next(target.target_group for target in route.forward.targets if target.target_group in greens)
    keys = [*_rule_keys(route, "prod"), "isTrafficShift: true", f"stageTargetGroupArn: '{green}'"]
    return f'"[{{loadBalancer: {route.load_balancer}, {", ".join(keys)}}}]"'


def _rule_keys(route: Route, kind: str) -> list[str]:
    keys = [f"{kind}ListenerPort: {route.port}"]
    return keys if route.is_default else [*keys, f"{kind}ListenerRuleArn: '{route.rule}'"]
