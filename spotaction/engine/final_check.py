"""Judges once more, at the very end, whether what was deployed is what serves: healthy once is not healthy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from spotaction.engine.context import DeployContext
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
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.events import WarningEvent
from spotaction.model.resources import Capacity, Forward, Group, Route, RuleArn

_UNSEEN = 60.0  # seconds without an answer, after which what went well until then counts


def check_result(steps: Sequence[Step], deployment: Deployment, context: DeployContext) -> None:
    """Raise `FailedError` with what is wrong where the deployment is not done after all.

    The new group holds the capacity that was asked for, is steady, and production's rules forward as they were
    written. That no answer comes is no reason to take back what has gone well until here: that is told.
    """
    completed = set(deployment.completed_steps) - deployment.ignored_failures
    done = [step for step in steps if step.name in completed]
    if deployment.new is None or deployment.capacity is None or not done:
        return
    old = deployment.snapshot.old
    asked = _asked(done, deployment.capacity)
    needed = min(asked.target, required_targets(old.capacity if old else None, deployment.capacity))
    new = replace(_new_group(deployment, context), capacity=asked)
    rules = _written(done, deployment)
    waits = [_if_seen(context.wait_while_healthy(new, asked.target), f"{new.name} is still steady", context)]
    if rules:
        waits.append(_if_seen(rules_as_written(context, rules), "production's rules are still as written", context))
    context.wait_for_all(waits, watch=(*watch_new(context, new, needed), *watch_rules(context, rules)))


def _asked(steps: Sequence[Step], setup: Capacity) -> Capacity:
    """The capacity that the new group was given last; a canary may end before its last phase."""
    phases = [step.amount for step in steps if isinstance(step, Deploy)]
    return new_capacity(phases[-1], setup) if phases else setup


def _if_seen(wait: Wait, what: str, context: DeployContext) -> Wait:
    return replace(wait, check=_IfSeen(wait, what, context).check)


@dataclass
class _IfSeen:
    """Passes, with a warning, where nothing can be seen; what may pass is given a while."""

    wait: Wait
    what: str
    context: DeployContext
    unseen_since: float | None = None

    def check(self) -> Verdict:
        try:
            verdict = self.wait.check()
        except (ApiError, CredentialError) as error:
            return self._unseen(error)
        self.unseen_since = None
        return verdict

    def _unseen(self, error: ApiError | CredentialError) -> Verdict:
        now = self.context.clock.now()
        self.unseen_since = now if self.unseen_since is None else self.unseen_since
        if isinstance(error, ApiError) and error.retryable and now - self.unseen_since < _UNSEEN:
            return Waiting(f"no answer: {error.message}")
        self.context.notify(WarningEvent(f"Whether {self.what} cannot be seen: {error.message}"))
        return Ready("cannot be seen")


def _new_group(deployment: Deployment, context: DeployContext) -> Group:
    assert deployment.new is not None
    seen = context.health_cache.views.get(deployment.new.id)
    return seen[1].group if seen else context.require_group(deployment.new.id, "The new Elastigroup")


def _written(steps: Sequence[Step], deployment: Deployment) -> Mapping[Route, Forward]:
    """Production's rules with the forward that they were given last."""
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
