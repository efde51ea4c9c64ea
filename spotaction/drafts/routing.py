"""The strategy that fits how a group receives its requests."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, value_at
from spotaction.model.choices import Strategy
from spotaction.model.resources import Group, LoadBalancer, Route, TargetGroupArn, arn_name

_LAUNCH = ("compute", "launchSpecification")
_MANY, _SOME = 10, 4  # instances from which phases are smaller
_TWO = 2


@dataclass(frozen=True)
class Surroundings:
    """The rules that forward to the group's target groups, and other rules on their load balancers.

    `taken` are target groups in which something else runs: no stage of this group.
    """

    rules: tuple[Route, ...] = ()
    others: tuple[Route, ...] = ()
    taken: frozenset[TargetGroupArn] = frozenset()


@dataclass(frozen=True)
class Choice:
    """A strategy with its inputs: `canary` phases, or the `load_balancers` and `weights` of a blue-green deployment.

    `why` explains it to the person who reads the workflow, `notes` what else to know.
    """

    strategy: Strategy
    why: str
    canary: str = ""
    load_balancers: tuple[LoadBalancer, ...] = ()
    weights: str = ""
    notes: tuple[str, ...] = ()


def choose_strategy(group: Group, around: Surroundings, *, numbered: bool) -> Choice:
    """Return the strategy for a group: blue-green if each rule has its stage, canary if it can, else basic.

    `numbered` is whether the group's name has a number: blue-green would look for a group without one.
    """
    if not group.target_groups:
        return Choice(Strategy.BASIC, _without_target_groups(group))
    production = _production_rules(group, around.rules)
    notes = tuple(_unused(group, around.rules))
    pairs = [] if numbered else list(_pairs(group, production, around))
    if pairs and len(pairs) == len(production) and _covers(group, production):
        shifts = any(pair.shift for pair in pairs)
        why = (
            "each production rule has a second target group at weight 0, to which requests are shifted."
            if all(pair.shift for pair in pairs)
            else "each production rule has a stage listener whose target group is free."
        )
        weights = "10 for 5m, 50 for 5m, 100" if shifts else ""
        notes += tuple(_left_alone(group, around.rules, production))
        return Choice(Strategy.BLUE_GREEN, why, load_balancers=tuple(pairs), weights=weights, notes=notes)
    if group.capacity.target <= 1:
        why = "a single instance has no phases; the new one is healthy in the target group before the old one goes."
        return Choice(Strategy.BASIC, why, notes=notes)
    names = ", ".join(arn_name(arn) for arn in group.target_groups)
    why = f"old and new instances share {names}, so the load balancer splits the requests; no rule is changed."
    return Choice(Strategy.CANARY, why, canary=_phases(group.capacity.target), notes=notes)


def classic_load_balancers(group: Group) -> tuple[str, ...]:
    """Return the names of the classic load balancers that a group is attached to."""
    launch = value_at(group.config, _LAUNCH)
    entries = as_items(value_at(launch, ("loadBalancersConfig", "loadBalancers")))
    named = [value_at(each, ("name",)) for each in entries if value_at(each, ("type",)) == "CLASSIC"]
    older = value_at(launch, ("loadBalancerNames",))
    return tuple(dict.fromkeys(str(name) for name in [*named, *(older if isinstance(older, list) else [])] if name))


def _without_target_groups(group: Group) -> str:
    classic = classic_load_balancers(group)
    if classic:
        return (
            f"{', '.join(classic)} is a classic load balancer: health is what Spot reports, and no rule can be moved. "
            "canary works as well."
        )
    return "the group has no load balancer: health is what Spot reports, and nothing shows whether requests succeed."


def _production_rules(group: Group, rules: Sequence[Route]) -> tuple[Route, ...]:
    """The rules that send requests to the group; default rules only on a load balancer without others."""
    serving = [route for route in rules if any(route.forward.share_of(arn) > 0 for arn in group.target_groups)]
    specific = {route.load_balancer for route in serving if not route.is_default}
    return tuple(route for route in serving if not route.is_default or route.load_balancer not in specific)


def _pairs(group: Group, production: Sequence[Route], around: Surroundings) -> Iterator[LoadBalancer]:
    """The production rules that have a stage of their own, as entries of `load-balancers`."""
    used: set[str] = set()
    for route in production:
        serving = route.forward.serving_target_groups
        if len(serving) != 1 or serving[0] not in group.target_groups:
            return
        rule = None if route.is_default else route.rule
        second = [target.target_group for target in route.forward.targets if target.target_group != serving[0]]
        if len(second) == 1 and second[0] not in around.taken:
            yield LoadBalancer(route.load_balancer, route.port, rule, stage_target_group=second[0], shift=True)
            continue
        stages = [] if second else [each for each in _stages(route, around) if each.rule not in used]
        if len(stages) != 1:
            return
        (stage,) = stages
        used.add(stage.rule)
        stage_rule = None if stage.is_default else stage.rule
        yield LoadBalancer(route.load_balancer, route.port, rule, stage_port=stage.port, stage_rule=stage_rule)


def _stages(production: Route, around: Surroundings) -> Iterator[Route]:
    """The rules of other listeners that forward to one target group in which nothing runs."""
    rules = {route.rule for route in around.rules}
    for route in around.others:
        targets = [target.target_group for target in route.forward.targets]
        beside = route.load_balancer == production.load_balancer and route.listener != production.listener
        if beside and route.rule not in rules and len(targets) == 1 and targets[0] not in around.taken:
            yield route


def _covers(group: Group, production: Sequence[Route]) -> bool:
    """Whether every target group of the group is behind one of the rules: the new one is attached to no others."""
    moved: AbstractSet[TargetGroupArn] = {arn for route in production for arn in route.forward.serving_target_groups}
    return set(group.target_groups) <= moved


def _unused(group: Group, rules: Sequence[Route]) -> Iterator[str]:
    for arn in group.target_groups:
        if not any(route.forward.names([arn]) for route in rules):
            yield (
                f"No rule forwards to the target group {arn_name(arn)}, so its targets never become healthy and a "
                "deployment would time out: add a rule, or detach it from the group and from elastigroup.json."
            )


def _left_alone(group: Group, rules: Sequence[Route], production: Sequence[Route]) -> Iterator[str]:
    moved = {route.rule for route in production}
    for route in rules:
        if route.rule not in moved and any(route.forward.share_of(arn) > 0 for arn in group.target_groups):
            yield f"{route.label} also sends requests to the group, and is not moved."


def _phases(target: int) -> str:
    if target >= _MANY:
        return "10% for 5m, 50% for 5m"
    if target >= _SOME:
        return "25% for 5m, 50% for 5m"
    return "50% for 5m" if target == _TWO else "34% for 5m"
