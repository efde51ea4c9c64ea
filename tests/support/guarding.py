"""A scene with an old and a new group, its guarded context, and helpers for what it refuses."""

from collections.abc import Callable

import pytest

from spotaction.engine.context import DeployContext, Options
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.safety import SafetyRules
from spotaction.model.deployment import Deployment
from spotaction.model.errors import SafetyError
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import ZERO, GroupId, InstanceState, Target, TargetState
from spotaction.model.safety_rule import SafetyRule
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, Scene, group, instances

MARK = "[spotaction r=4711.1 s=live d=1 g=example/web]"
OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID, description=MARK)
PRODUCTION, STAGED = (
    group("web", OLD_ID, target_groups=(BLUE,)),
    group("web__STAGE__Harness", NEW_ID, target_groups=(GREEN,), description=MARK),
)
Act = Callable[[DeployContext], object]


def sick(stage: Scene, ident: GroupId) -> None:
    stage.groups.instances_of[ident] = instances(ident, 3, InstanceState.UNHEALTHY)


def safe(stage: Scene, record: Deployment, *without: SafetyRule, aws: bool = False) -> DeployContext:
    ours = [route for pair in record.snapshot.routes for route in (pair.prod, pair.stage) if route is not None]
    stage.routes.routes = stage.routes.routes or [*ours, *record.standalone_routes]
    return guard_context(stage.world(aws=aws), record, frozenset(SafetyRule) - set(without))


def rules(
    stage: Scene,
    record: Deployment,
    *without: SafetyRule,
    aws: bool = True,
    whole: bool = False,
    options: Options | None = None,
) -> SafetyRules:
    """Return the safety rules alone, without the guarded port and its lock; `whole` as in `OwnWrites`."""
    context = stage.world(aws=aws, options=options)
    context.written.complete = whole
    return SafetyRules(record, context, frozenset(SafetyRule) - set(without))


def stopped(act: Callable[[], object]) -> str:
    """Return a rule's message and its next step."""
    with pytest.raises(SafetyError) as caught:
        act()
    return str(caught.value)


def objection(act: Callable[[], object]) -> str:
    """Return the message of the rule that refuses; empty where none does."""
    try:
        act()
    except SafetyError as error:
        return str(error)
    return ""


def refused(world: DeployContext, act: Act) -> str:
    with pytest.raises(SafetyError) as caught:
        act(world)
    return caught.value.message


def empty(ident: GroupId) -> Act:
    return lambda world: world.groups.scale(ident, ZERO)


def delete(ident: GroupId | str) -> Act:
    return lambda world: world.groups.delete(GroupId(ident))


def routes(world: DeployContext) -> LoadBalancerApi:
    assert world.routes is not None
    return world.routes


def registered(stage: Scene) -> None:
    """Register every group's instances as healthy in its target groups."""
    for known in stage.groups.known.values():
        ids = [i.id for i in instances(known.id, known.capacity.target) if i.id]
        for arn in known.target_groups:
            stage.routes.targets_of[arn] = tuple(Target(ident, TargetState.HEALTHY) for ident in ids)
