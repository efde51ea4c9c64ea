"""Judges once more, at the very end, whether what was deployed is what serves: healthy once is not healthy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from spotaction.capacity import new_capacity, required
from spotaction.deployment import Deployment
from spotaction.errors import ApiError, CredentialError
from spotaction.events import Warned
from spotaction.health import Ready, Verdict, Waiting
from spotaction.model import Capacity, Forward, Group, Route, RuleArn
from spotaction.steps.base import Step
from spotaction.steps.deploy import Deploy
from spotaction.steps.draining import watch_new
from spotaction.steps.production_rules import rules_as_written, watch_rules
from spotaction.steps.routes import shifted, swapped
from spotaction.steps.swap_route import SwapRoute
from spotaction.steps.traffic_shift import TrafficShift
from spotaction.waiting import Wait
from spotaction.world import World

_UNSEEN = 60.0  # seconds without an answer, after which what went well until then counts


def check_result(steps: Sequence[Step], deployment: Deployment, world: World) -> None:
    """Raise `FailedError` with what is wrong where the deployment is not done after all.

    The new group holds the capacity that was asked for, is steady, and production's rules forward as they were
    written. That no answer comes is no reason to take back what has gone well until here: that is told.
    """
    done = [step for step in steps if step.name in deployment.finished and step.name not in deployment.excused]
    if deployment.new is None or deployment.capacity is None or not done:
        return
    old = deployment.snapshot.old
    asked = _asked(done, deployment.capacity)
    needed = min(asked.target, required(old.capacity if old else None, deployment.capacity))
    new = replace(_new_group(deployment, world), capacity=asked)
    rules = _written(done, deployment)
    waits = [_if_seen(world.still_steady(new, asked.target), f"{new.name} is still steady", world)]
    if rules:
        waits.append(_if_seen(rules_as_written(world, rules), "production's rules are still as written", world))
    world.wait(waits, watch=(*watch_new(world, new, needed), *watch_rules(world, rules)))


def _asked(steps: Sequence[Step], setup: Capacity) -> Capacity:
    """The capacity that the new group was given last; a canary may end before its last phase."""
    phases = [step.amount for step in steps if isinstance(step, Deploy)]
    return new_capacity(phases[-1], setup) if phases else setup


def _if_seen(wait: Wait, what: str, world: World) -> Wait:
    return replace(wait, check=_IfSeen(wait, what, world).check)


@dataclass
class _IfSeen:
    """Passes, with a warning, where nothing can be seen; what may pass is given a while."""

    wait: Wait
    what: str
    world: World
    unseen_since: float | None = None

    def check(self) -> Verdict:
        try:
            verdict = self.wait.check()
        except (ApiError, CredentialError) as error:
            return self._unseen(error)
        self.unseen_since = None
        return verdict

    def _unseen(self, error: ApiError | CredentialError) -> Verdict:
        now = self.world.clock.now()
        self.unseen_since = now if self.unseen_since is None else self.unseen_since
        if isinstance(error, ApiError) and error.retryable and now - self.unseen_since < _UNSEEN:
            return Waiting(f"no answer: {error.message}")
        self.world.notify(Warned(f"Whether {self.what} cannot be seen: {error.message}"))
        return Ready("cannot be seen")


def _new_group(deployment: Deployment, world: World) -> Group:
    assert deployment.new is not None
    seen = world.sightings.views.get(deployment.new.id)
    return seen[1].group if seen else world.need(deployment.new.id, "The new Elastigroup")


def _written(steps: Sequence[Step], deployment: Deployment) -> Mapping[Route, Forward]:
    """Production's rules with the forward that they were given last."""
    wanted: dict[RuleArn, tuple[Route, Forward]] = {}
    for step, pair in product(steps, deployment.snapshot.routes):
        match step:
            case SwapRoute() if pair.stage is not None:
                wanted[pair.prod.rule] = pair.prod, swapped(pair.prod.forward, pair)
            case TrafficShift(weight=weight) if pair.stage is None:
                wanted[pair.prod.rule] = pair.prod, shifted(pair.prod.forward, pair, weight)
            case _:
                pass
    return dict(wanted.values())
