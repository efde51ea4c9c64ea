"""Checks at the very end whether the deployment holds: a group that was healthy once may not be any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from spotaction.engine.context import DeployContext
from spotaction.engine.gate import is_locked_by_another, name_run
from spotaction.engine.marked_groups import is_group_of
from spotaction.engine.next_steps import rerun_hint
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.draining import watch_new
from spotaction.engine.steps.production_rules import rules_as_written, watch_rules
from spotaction.engine.steps.routes import shift_forward, swap_forward
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.capacity import new_capacity, required_targets
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.events import ManualActionNeeded, WarningEvent
from spotaction.model.resources import Capacity, Forward, Group, Route, RuleArn

_UNREADABLE = 60.0  # seconds of failing reads after which the last known result counts


def check_result(steps: Sequence[Step], deployment: Deployment, context: DeployContext) -> None:
    """Raise `FailedError` if the deployment does not hold.

    The new group must have the requested capacity and be steady, and production's rules must forward as written. What
    cannot be read is no reason to roll back a deployment that went well: it gives a warning.
    """
    completed = set(deployment.completed_steps) - deployment.ignored_failures
    done = [step for step in steps if step.name in completed]
    if deployment.new is None or deployment.capacity is None or not done:
        return
    old = deployment.snapshot.old
    requested = _requested_capacity(done, deployment.capacity)
    needed = min(requested.target, required_targets(old.capacity if old else None, deployment.capacity))
    new = replace(_new_group(deployment, context), capacity=requested)
    rules = _written_rules(done, deployment)
    waits = [_if_readable(context.wait_while_healthy(new, requested.target), f"{new.name} is still steady", context)]
    if rules:
        what = "production's rules are still as written"
        waits.append(_if_readable(rules_as_written(context, rules), what, context))
    context.wait_for_all(waits, watch=(*watch_new(context, new, needed), *watch_rules(context, rules)))
    if any(isinstance(step, SwapRoute) or (isinstance(step, TrafficShift) and step.takes_names) for step in done):
        report_other_groups(deployment.new, deployment, context)


def report_other_groups(serving: GroupRef, deployment: Deployment, context: DeployContext) -> None:
    """Report other groups with the name of the group `serving`, and warn of deployments of the app that began since.

    The lock cannot help if markers are edited. The deployment's own groups, whose new names a list may not show yet, do
    not count.
    """
    try:
        groups = context.groups.all()
    except (ApiError, CredentialError) as error:
        context.notify(WarningEvent(f"Could not check that no other group is called {serving.name}: {error.message}"))
        return
    own = {ref.id for ref in (deployment.new, deployment.snapshot.old) if ref is not None}
    for group in (each for each in groups if each.id not in own):
        if group.name == serving.name:
            context.notify(_describe_namesake(group, serving, deployment))
        elif group.id not in deployment.lock.known and _is_open(group, deployment):
            run = name_run(group, deployment)
            what = f"{group.name} ({group.id}): according to its marker, the deployment of {run} is unfinished"
            context.notify(WarningEvent(f"{what}; unless that run is still active, {rerun_hint('rollback')}."))


def _requested_capacity(steps: Sequence[Step], setup: Capacity) -> Capacity:
    """The capacity that the new group was last given; a canary may end before its last phase."""
    phases = [step.amount for step in steps if isinstance(step, Deploy)]
    return new_capacity(phases[-1], setup) if phases else setup


def _if_readable(wait: Wait, what: str, context: DeployContext) -> Wait:
    return replace(wait, check=_IfReadable(wait, what, context).check)


@dataclass
class _IfReadable:
    """Passes with a warning if reads fail; retryable errors get some time first."""

    wait: Wait
    what: str
    context: DeployContext
    failing_since: float | None = None

    def check(self) -> Verdict:
        try:
            verdict = self.wait.check()
        except (ApiError, CredentialError) as error:
            return self._tolerate(error)
        self.failing_since = None
        return verdict

    def _tolerate(self, error: ApiError | CredentialError) -> Verdict:
        now = self.context.clock.now()
        self.failing_since = now if self.failing_since is None else self.failing_since
        if isinstance(error, ApiError) and error.retryable and now - self.failing_since < _UNREADABLE:
            return Waiting(f"could not be read: {error.message}")
        self.context.notify(WarningEvent(f"Could not check that {self.what}: {error.message}"))
        return Ready("not checked")


def _new_group(deployment: Deployment, context: DeployContext) -> Group:
    assert deployment.new is not None
    cached = context.health_cache.views.get(deployment.new.id)
    return cached[1].group if cached else context.require_group(deployment.new.id, "The new Elastigroup")


def _written_rules(steps: Sequence[Step], deployment: Deployment) -> Mapping[Route, Forward]:
    """Production's rules with the forward that was last written."""
    wanted: dict[RuleArn, tuple[Route, Forward]] = {}
    for step, pair in product(steps, deployment.snapshot.routes):
        match step:
            case SwapRoute() if pair.stage is not None:
                wanted[pair.prod.rule] = pair.prod, swap_forward(pair.prod.forward, pair)
            case TrafficShift(weight=weight) if pair.stage is None:
                wanted[pair.prod.rule] = pair.prod, shift_forward(pair.prod.forward, pair, weight)
            case _:
                pass
    return dict(wanted.values())


def _is_open(group: Group, deployment: Deployment) -> bool:
    return is_group_of(group, deployment.app) and is_locked_by_another(group, deployment)


def _describe_namesake(group: Group, serving: GroupRef, deployment: Deployment) -> ManualActionNeeded:
    what = f"two groups are called {serving.name}"
    if is_locked_by_another(group, deployment):
        run = name_run(group, deployment)
        why = f"{serving.id} and {group.id}, whose marker says that the deployment of {run} is unfinished"
        return ManualActionNeeded(what, why, f"unless that run is still active, {rerun_hint('rollback')}")
    why = f"{group.id} and this deployment's {serving.id}; something else deployed {deployment.app} at the same time"
    return ManualActionNeeded(what, why, "find out which of them is to serve, and delete the other one")
