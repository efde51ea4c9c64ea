"""Rebuilds a record from the marker and the live clouds when none is passed on."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.downsize_old import DownsizeOld
from spotaction.engine.steps.routes import shift_forward, swap_forward
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.engine.steps.suspensions import suspended_by_us
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.model import naming
from spotaction.model.capacity import Amount
from spotaction.model.deployment import UNKNOWN_RUN, Deployment, GroupRef, Lock, RoutePair, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.execution import Execution, StandaloneSpec
from spotaction.model.resources import (
    AppName,
    Group,
    Image,
    ImageId,
    LoadBalancer,
    Route,
    TargetGroupArn,
    arn_name,
)
from spotaction.operations.discovery import CurrentState, find_stickiness, require_routes
from spotaction.operations.found_routes import find_moved_routes

NO_IMAGE = ImageId("")


def record_from_marker(
    marked: MarkedGroup,
    groups: Sequence[Group],
    execution: Execution,
    app: AppName,
    context: DeployContext,
    *,
    search_routes: bool = False,
) -> Deployment:
    """Return the record of the marker's deployment, as far as the marker and the live clouds show it.

    With `search_routes`, the rules of a blue-green deployment are looked for if the execution names none. Raises
    `RefusedError` if the clouds do not show enough.
    """
    context.notify(
        Note(f"Rebuilding the record from the marker of {marked.group.name} ({marked.group.id}) and the live clouds.")
    )
    old = _old_group(marked, groups, app)
    rules = [_rules_of(balancer, context) for balancer in execution.setup.load_balancers]
    found = tuple(_original_pair(own, rules, marked.group, old) for own in rules)
    staged = naming.version_number(app, marked.group.name) is None
    if staged and not found and search_routes:
        found = tuple(map(_original_forwards, find_moved_routes(marked.group, old, app, context)))
    unclear = not execution.setup.load_balancers and len(set(marked.marker.sticky)) > 1
    if unclear:
        context.notify(Note("The stickiness of the rules stays as it is: what each had before is unknown."))
    pairs = found if unclear else _with_original_stickiness(found, marked.marker.sticky)
    if staged and not pairs:
        raise RefusedError(
            f"{marked.group.name} ({marked.group.id}) belongs to a blue-green deployment.",
            next_step="set the same load-balancers, or pass the output `deployment` of the run that started it.",
        )
    if not staged and execution.blue_green:
        raise RefusedError(
            f"{marked.group.name} ({marked.group.id}) belongs to a basic or canary deployment.",
            next_step="set the same strategy, or pass the output `deployment` of the run that started it.",
        )
    ref = _old_group_ref(marked, old, app)
    record = Deployment(
        app=app,
        strategy="blue-green" if staged else execution.strategy.value,
        run=marked.marker.run,
        image=Image(id=marked.group.image_id or NO_IMAGE, name=""),
        fingerprint=marked.marker.fingerprint,
        deadline=marked.marker.deadline,
        capacity=marked.marker.capacity,
        snapshot=Snapshot(ref, pairs),
        new=GroupRef.of(marked.group),
        nonce=marked.marker.nonce,
        gate_passed_by=UNKNOWN_RUN,
    )
    # It is unknown how far it got: whatever differs in the clouds is restored.
    record.started_steps = [step.name for step in rollback_steps(record)]
    if context.options.suspend_minutes is not None:
        record.suspended = suspended_by_us(marked.group.id, ref, context.groups, context.notify)
    return record


def warn_of_standalone_shifts(execution: Execution, context: DeployContext) -> None:
    """Warn of each rule that a step shifts on its own: the marker does not have what it forwarded to before."""
    for step in execution.steps:
        if isinstance(step, StandaloneSpec):
            rule = f"{step.shift.load_balancer} rule {step.shift.rule.rsplit('/', maxsplit=1)[-1]}"
            context.notify(
                WarningEvent(
                    f"If {step.name} has shifted {rule}, that stays so: what the rule forwarded to before is only in "
                    "the output `deployment` of the run that shifted it. Pass that, or restore the rule by hand."
                )
            )


def take_lock_over(record: Deployment, marked: MarkedGroup | None, groups: Sequence[Group], nonce: str) -> None:
    """Make the deployment this run's: give it our nonce, and remember the one that is in the marker now."""
    record.nonce, record.lock = nonce, Lock(known=frozenset(group.id for group in groups))
    record.lock.replaces = marked.marker.nonce if marked is not None else None


def find_replacement(record: Deployment, marked: MarkedGroup, groups: Sequence[Group]) -> Group | None:
    """Return the group of another deployment that finished with the same old group, or None.

    Two runs cannot both pass the gate: the other one did, so this one has only changed its own group.
    """
    if record.gate_passed_by not in {"", UNKNOWN_RUN} or not marked.is_open:
        return None
    return marked_groups.finished_instead(replace(record, new=GroupRef.of(marked.group)), groups)


def resumed_state(
    record: Deployment, marked: MarkedGroup, groups: Sequence[Group], context: DeployContext
) -> CurrentState:
    """Return the state that the steps build on, for a deployment that is under way."""
    assert record.capacity is not None
    old = record.snapshot.old
    keep = {marked.group.id, old.id if old else None}
    mine = marked_groups.without_other_apps(groups, record.app)
    stage = naming.groups_named(mine, naming.stage_name(record.app))
    sticky, may_unstick = find_stickiness(record.snapshot.routes, context)
    return CurrentState(
        snapshot=record.snapshot,
        old=next((group for group in groups if old and group.id == old.id), None),
        capacity=record.capacity,
        group_name=marked.group.name,
        # A group that was created after our own was not there to be replaced: it is another run's.
        stale=tuple(GroupRef.of(g) for g in stage if g.id not in keep and g.created_at < marked.group.created_at),
        sticky=sticky,
        may_unstick=may_unstick,
    )


def rollback_steps(record: Deployment) -> tuple[Step, ...]:
    """Return the steps whose rollback reverts any deployment of this kind: each reads the clouds, then acts.

    They have the step names of the record; a step that stands for several has the last one's.
    """
    standalone = [
        StandaloneTrafficShift(
            route.load_balancer, route.listener, route.rule, route.forward, f"standalone-shift-{number}"
        )
        for number, route in enumerate(record.standalone_routes, start=1)
    ]
    name = record.new.name if record.new else ""
    first = record.started_steps[0] if record.started_steps else ""
    if record.strategy != "blue-green":
        setup = Setup(name, {}, first or "setup")
        return (setup, *standalone, Deploy(_step_name(record, "deploy"), Amount(percent=100)))
    steps: list[Step] = [StageSetup(name, {}, name=first or "stage-setup"), *standalone]
    if any(pair.stage is None for pair in record.snapshot.routes):
        steps.append(TrafficShift(_step_name(record, "shift"), 100))
    if any(pair.stage is not None for pair in record.snapshot.routes):
        steps.append(SwapRoute(name=_step_name(record, "swap-route")))
    return (*steps, DownsizeOld(name=_step_name(record, "downsize-old")))


def _step_name(record: Deployment, name: str) -> str:
    """The full name of the last started step with this name in it; the name itself if there is none."""
    found = [step for step in record.started_steps[1:] if name in step.split("standalone-shift")[0]]
    return found[-1] if found else name


def _old_group(marked: MarkedGroup, groups: Sequence[Group], app: AppName) -> Group | None:
    mark = marked.marker.old
    if mark is None:
        return None
    found = next((group for group in groups if group.id == mark.id), None)
    if found is None:
        raise RefusedError(
            f"{mark.id}, which {marked.group.name} of {app} replaced, no longer exists.",
            next_step=f"there is nothing to roll back to: {_unlock_hint(marked)}deploy the version that you want.",
        )
    return found


def _unlock_hint(marked: MarkedGroup) -> str:
    """A deployment is refused as long as a marker says that another one is under way."""
    where = f"the description of {marked.group.name} ({marked.group.id})"
    return f"remove the text [spotaction …] from {where} in the Spot console, then " if marked.is_open else ""


def _old_group_ref(marked: MarkedGroup, old: Group | None, app: AppName) -> GroupRef | None:
    """The old group as in the snapshot: the marker has its capacity, and a stage name comes from the swap."""
    if old is None or marked.marker.old is None:
        return None
    renamed = old.name == naming.stage_name(app)
    return GroupRef(old.id, app if renamed else old.name, marked.marker.old.capacity, old.image_id)


def _rules_of(balancer: LoadBalancer, context: DeployContext) -> tuple[Route, Route | None]:
    """Return a load balancer's production rule and its stage rule, as they are now; a shift has no stage rule."""
    routes = require_routes(context)
    prod = routes.find(balancer.name, balancer.prod_port, balancer.prod_rule)
    if balancer.shift:
        return prod, None
    assert balancer.stage_port is not None
    return prod, routes.find(balancer.name, balancer.stage_port, balancer.stage_rule)


def _original_pair(
    own: tuple[Route, Route | None], every: Sequence[tuple[Route, Route | None]], new: Group, old: Group | None
) -> RoutePair:
    """Return the routes as they were before: the new group's target group is green, whichever rule it is on now."""
    prod, stage = own
    arns = _targets(own)
    green = next((arn for arn in arns if arn in new.target_groups), None) or _find_green(own, every, new, old)
    if green is None:
        names = " or ".join(arn_name(arn) for arn in new.target_groups)
        raise RefusedError(
            f"{prod.label} does not use a target group of {new.name} ({new.id}).",
            next_step=f"if load-balancers names the right rule, add {names} to its forward again (weight 0 is enough), "
            "or pass the output `deployment` of the run that started the deployment.",
        )
    blue = _find_blue(arns, new) or _blue_of(old, new)
    if blue is None:
        raise RefusedError(
            f"The target group that served on {prod.label} before is unknown.",
            next_step="add it to the rule's forward again (weight 0 is enough), or pass the output `deployment` of the "
            "run that started the deployment.",
        )
    return _original_forwards(RoutePair(prod, stage, blue, green))


def _targets(rules: tuple[Route, Route | None]) -> tuple[TargetGroupArn, ...]:
    return tuple(target.target_group for route in rules if route is not None for target in route.forward.targets)


def _find_green(
    own: tuple[Route, Route | None], every: Sequence[tuple[Route, Route | None]], new: Group, old: Group | None
) -> TargetGroupArn | None:
    """If both rules forward to blue (a rollback restored only production), green is what no rule has.

    None if the new group has several such target groups, or shares it with the old group.
    """
    had = old.target_groups if old else ()
    elsewhere = {arn for rules in every for arn in _targets(rules)} | set(had)
    found = [arn for arn in new.target_groups if arn not in elsewhere]
    only_blue = len(set(_targets(own))) == 1 and own[1] is not None and _targets(own)[0] in had
    return found[0] if only_blue and len(found) == 1 else None


def _find_blue(candidates: Sequence[TargetGroupArn], new: Group) -> TargetGroupArn | None:
    return next((arn for arn in candidates if arn not in new.target_groups), None)


def _blue_of(old: Group | None, new: Group) -> TargetGroupArn | None:
    """If both rules forward to green (the run died between two writes), an old group's only target group is blue."""
    found = [arn for arn in (old.target_groups if old else ()) if arn not in new.target_groups]
    return found[0] if len(found) == 1 else None


def _original_forwards(pair: RoutePair) -> RoutePair:
    if pair.stage is None:
        return replace(pair, prod=_with_share(pair.prod, pair, share=0))
    prod = (
        replace(pair.prod, forward=swap_forward(pair.prod.forward, pair))
        if _is_serving(pair.prod, pair.green)
        else pair.prod
    )
    stage = pair.stage
    if _is_serving(stage, pair.blue):
        stage = replace(stage, forward=swap_forward(stage.forward, pair))
    # The swap itself adds blue there at weight 0 until it is complete.
    named = tuple(target for target in stage.forward.targets if target.target_group != pair.blue)
    stage = replace(stage, forward=replace(stage.forward, targets=named))
    return replace(pair, prod=prod, stage=stage)


def _with_original_stickiness(pairs: tuple[RoutePair, ...], sticky: tuple[int, ...]) -> tuple[RoutePair, ...]:
    """Restore the group stickiness in the marker: a shift to 100 % may have turned it off, or a person on."""
    sticky = sticky or (0,) * len(pairs)
    if len(sticky) != len(pairs):
        return pairs
    forwards = [replace(pair.prod.forward, sticky_seconds=s or None) for pair, s in zip(pairs, sticky, strict=True)]
    return tuple(
        replace(pair, prod=replace(pair.prod, forward=forward)) for pair, forward in zip(pairs, forwards, strict=True)
    )


def _with_share(route: Route, pair: RoutePair, *, share: int) -> Route:
    if {target.target_group for target in route.forward.targets} != {pair.blue, pair.green}:
        raise RefusedError(
            f"{route.label} was modified outside this deployment: it forwards to {route.forward}.",
            next_step="restore its two target groups, or pass the output `deployment` of the run that started it.",
        )
    return replace(route, forward=shift_forward(route.forward, pair, share))


def _is_serving(route: Route, target_group: TargetGroupArn) -> bool:
    return target_group in route.forward.serving_target_groups
