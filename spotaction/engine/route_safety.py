"""What has to hold before a route is written: enough healthy targets wherever a share of the requests grows."""

import math
from dataclasses import dataclass

from spotaction.documents.wording import describe_part
from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import GroupHealth, Ready, is_steady_where_used, is_unused
from spotaction.engine.waits.weights import healthy_weight
from spotaction.model.capacity import required_targets
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import ApiError, CredentialError, SafetyError
from spotaction.model.events import Note
from spotaction.model.resources import Forward, Group, InstanceId, Route, TargetGroupArn, TargetState, arn_name
from spotaction.model.safety_rule import SafetyRule

_FRESH = 5.0  # seconds for which a cached read counts
_LOOKS = 6.0  # seconds between two looks at what serves meanwhile: each is a new read
_SPOT_ANSWERS = 10.0  # seconds that restoring production waits for Spot to tell whose instances are healthy


@dataclass(frozen=True)
class RouteSafety:
    """Checks those of `rules` that concern routes, against the record and the context's unguarded ports."""

    deployment: Deployment
    context: DeployContext
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)

    def before_write(self, route: Route, forward: Forward, *, locked: bool = True) -> None:
        """Raise `SafetyError` if a target group whose share grows has too few healthy targets to carry it.

        Unless this run has `locked` the app, healthy targets in blue may belong to another run's new group.
        """
        if SafetyRule.HEALTHY_TARGETS not in self.rules or self.is_stage(route):
            return
        now = self._may_forward(route)
        for arn in forward.serving_target_groups:
            if now is None or any(forward.share_of(arn) > each.share_of(arn) for each in now):
                self._require_healthy_targets(route, arn, forward.share_of(arn), locked=locked)

    def is_stage(self, route: Route) -> bool:
        """Whether a route is the stage's, which serves no production."""
        return any(pair.stage and pair.stage.rule == route.rule for pair in self.deployment.snapshot.routes)

    def observe_group(self, group: Group) -> GroupHealth:
        """Return the group's health, from a read that is at most 5 s old. Raises `ApiError`."""
        cached = self.context.health_cache.views.get(group.id)
        if cached and self.context.clock.now() - cached[0] <= _FRESH and cached[1].targets is not None:
            return cached[1]
        return self.context.observe(group)

    def healthy_targets(self, arn: TargetGroupArn) -> frozenset[InstanceId]:
        """Return the healthy targets of a target group, from a read that is at most 5 s old. Raises `ApiError`."""
        cached = self.context.health_cache.targets.get(arn)
        fresh = cached is not None and self.context.clock.now() - cached[0] <= _FRESH
        targets = cached[1] if cached is not None and fresh else self.context.observe_targets(arn)
        return frozenset(target.id for target in targets if target.state is TargetState.HEALTHY)

    def _may_forward(self, route: Route) -> tuple[Forward, ...] | None:
        """The forwards that the rule may have, since a read may lag behind a write; None if it may have any.

        This process knows its own writes, and whether an earlier process of this deployment wrote.
        """
        write = self.context.written.rules.get(route.rule)
        if write is None:
            return (route.forward,) if self.context.written.complete or self._find_pair(route) is None else None
        return route.forward, write.forward

    def _require_healthy_targets(self, route: Route, arn: TargetGroupArn, share: float, *, locked: bool) -> None:
        pair = self._find_pair(route)
        back = pair is not None and arn == pair.blue
        if back:
            self._await_visible_health(route, arn)
        healthy = len(self._healthy_of_old(arn) if back and not locked else self.healthy_targets(arn))
        needed = max(1, math.ceil(share * self._required_targets())) if pair else 1
        if healthy >= needed or (back and self._may_return_to_blue(route, arn, needed, healthy)):
            return
        weighed = self._healthy_weight(pair, arn) if pair else None
        if weighed is not None and weighed >= needed:
            return
        found = f"{describe_part(healthy, needed, 'required target')} healthy"
        if weighed is not None:
            found = f"its healthy targets weigh {weighed} of the {needed} required"
        where = f"{route.load_balancer}:{route.port}" if route.port else route.label
        raise SafetyError(f"{where} may not send {share:.0%} to {arn_name(arn)}: {found}.")

    def _await_visible_health(self, route: Route, blue: TargetGroupArn) -> None:
        """Wait until blue's health shows what a run that died wrote last, while what serves instead is healthy.

        That run may have scaled the old group to 0 a moment ago: its targets may still read as healthy.
        """
        clock, until = self.context.clock, self.context.written.health_visible_at
        waited = False
        while clock.now() < until and self._others_carry(route, blue):
            if not waited:
                left, name = until - clock.now(), arn_name(blue)
                why = f"{left:.0f} s, when that shows whether the run that died scaled its group down"
                self.context.notify(Note(f"{route.label} has healthy targets, so {name}'s are read in {why}."))
            waited = True
            clock.sleep(min(_LOOKS, until - clock.now()))
        if waited:
            self.context.health_cache.targets.pop(blue, None)

    def _others_carry(self, route: Route, blue: TargetGroupArn) -> bool:
        """Whether enough targets are healthy wherever else the rule may send requests."""
        others = self._serving_beside(route, blue)
        return bool(others) and all(
            len(self.healthy_targets(arn)) >= max(1, self._required_targets()) for arn in others
        )

    def _serving_beside(self, route: Route, blue: TargetGroupArn) -> set[TargetGroupArn]:
        """The target groups other than blue to which the rule may send requests now."""
        pair, now = self._find_pair(route), self._may_forward(route)
        serving = {arn for each in now or (route.forward,) for arn in each.serving_target_groups}
        if now is None and pair is not None:
            serving.add(pair.green)
        return serving - {blue}

    def _may_return_to_blue(self, route: Route, blue: TargetGroupArn, needed: int, healthy: int) -> bool:
        """Whether production may return to blue, which has `healthy` healthy targets, fewer than required.

        It may if there was nothing before, if blue has more healthy targets than what serves now, or if the old group
        is steady in Spot and no rule uses blue, so that ELB does not check its health.
        """
        if self.deployment.snapshot.old is None:
            return True
        others = [len(self.healthy_targets(other)) for other in self._serving_beside(route, blue)]
        return healthy > max(others, default=0) or self._is_steady_in_spot(blue, needed)

    def _healthy_weight(self, pair: RoutePair, arn: TargetGroupArn) -> int | None:
        """The weight of blue's or green's healthy targets: a capacity of 12 may be 3 instances of weight 4."""
        ref = self.deployment.snapshot.old if arn == pair.blue else self.deployment.new
        return healthy_weight(self.context, ref.id, self.healthy_targets(arn)) if ref is not None else None

    def _is_steady_in_spot(self, arn: TargetGroupArn, needed: int) -> bool:
        old = self.deployment.snapshot.old
        group = (
            self.context.groups.get(old.id) if old and is_unused(self.context.health_cache.targets[arn][1]) else None
        )
        return group is not None and isinstance(is_steady_where_used(self.observe_group(group), needed), Ready)

    def _required_targets(self) -> int:
        old = self.deployment.snapshot.old
        capacity = self.deployment.capacity
        return required_targets(old.capacity if old else None, capacity) if capacity else 0

    def _find_pair(self, route: Route) -> RoutePair | None:
        return next((pair for pair in self.deployment.snapshot.routes if pair.prod.rule == route.rule), None)

    def _healthy_of_old(self, arn: TargetGroupArn) -> frozenset[InstanceId]:
        healthy, old = self.healthy_targets(arn), self.deployment.snapshot.old
        if old is None or not healthy:
            return healthy
        budget, now = self.context.call_budget, self.context.clock.now()
        try:
            with budget.limited_to(now + _SPOT_ANSWERS, budget.on_idle):
                instances = self.context.groups.instances(old.id)
        except (ApiError, CredentialError) as error:
            # If Spot does not respond, restoring production comes first, and ELB's health alone decides.
            return frozenset() if isinstance(error, ApiError) and error.is_group_gone else healthy
        return healthy & {instance.id for instance in instances}
