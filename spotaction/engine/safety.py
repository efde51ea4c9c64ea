"""The safety rules: what has to hold before a group is scaled down or deleted, and before a route is written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import read_settled
from spotaction.engine.marked_groups import is_group_of, is_group_of_other_app, other_owner
from spotaction.engine.waits.health import GroupHealth, Ready, is_steady, is_steady_where_used, is_unused
from spotaction.engine.waits.weights import healthy_weight
from spotaction.model import marker, naming
from spotaction.model.capacity import required_targets
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import ApiError, CredentialError, SafetyError
from spotaction.model.resources import (
    Capacity,
    Forward,
    Group,
    GroupId,
    InstanceId,
    Route,
    TargetGroupArn,
    TargetState,
    arn_name,
)

_FRESH = 5.0  # seconds for which a cached read counts
_SPOT_ANSWERS = 10.0  # seconds that restoring production waits for Spot to tell whose instances are healthy
_LOST = frozenset({TargetState.UNHEALTHY, TargetState.UNHEALTHY_DRAINING, TargetState.DRAINING})


class SafetyRule(StrEnum):
    """The safety rules; a test may leave one out to prove that it is needed."""

    NEVER_DELETE_PRODUCTION = "the group behind the production rule is never deleted or emptied"
    TAKEOVER_IS_STEADY = "nothing is scaled down or deleted unless the group that takes over is steady"
    HEALTHY_TARGETS = "production is never pointed at a target group with fewer healthy targets than required"
    ONLY_OURS = "only groups that this deployment created, or old groups of this app that are down, are deleted"


@dataclass(frozen=True)
class SafetyRules:
    """Checks the `rules` that are on, against the record and the context's unguarded ports."""

    deployment: Deployment
    context: DeployContext
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)

    def before_shrink(self, group: Group, after: Capacity) -> None:
        """Raise `SafetyError` if a group may not be scaled down to `after`."""
        self._require_own_repository(group, "scaled down")
        serving = self._find_serving_rules(group) if after.target == 0 or self._has_changed_nothing(group) else None
        if self._has_changed_nothing(group) and serving != ():
            self._require_others_carry(group, serving)
            return
        self._require_not_production(group, "emptied", serving)
        self._require_takeover_steady(group, serving)

    def before_delete(self, group: Group) -> None:
        """Raise `SafetyError` if a group may not be deleted."""
        serving = self._find_serving_rules(group)
        nothing = self._has_changed_nothing(group) and serving != ()
        if not nothing:
            self._require_not_production(group, "deleted", serving)
        ours = self.deployment.new is not None and group.id == self.deployment.new.id
        self._require_own_repository(group, "deleted")
        if ours:
            self._require_marker(group)
        else:
            self._require_own_group(group)
        if nothing:
            self._require_others_carry(group, serving)
        elif group.capacity.target > 0 and (ours or not self._is_staged(group)):
            self._require_takeover_steady(group, serving)

    def before_write(self, route: Route, forward: Forward, *, locked: bool = True) -> None:
        """Raise `SafetyError` if a target group whose share grows has too few healthy targets to carry it.

        Unless this run has `locked` the app, healthy targets in blue may belong to another run's new group.
        """
        if SafetyRule.HEALTHY_TARGETS not in self.rules or self._is_stage(route):
            return
        now = self._may_forward(route)
        for arn in forward.serving_target_groups:
            if now is None or any(forward.share_of(arn) > each.share_of(arn) for each in now):
                self._require_healthy_targets(route, arn, forward.share_of(arn), locked=locked)

    def _may_forward(self, route: Route) -> tuple[Forward, ...] | None:
        """The forwards that the rule may have, since a read may lag behind a write; None if it may have any.

        This process knows its own writes, and whether an earlier process of this deployment wrote.
        """
        write = self.context.written.rules.get(route.rule)
        if write is None:
            return (route.forward,) if self.context.written.complete or self._find_pair(route) is None else None
        return route.forward, write.forward

    def _find_serving_rules(self, group: Group) -> tuple[str, ...] | None:
        """Describe the live rules that send requests to the group; None where no rule is known.

        Every rule counts, whatever the group's capacity; but not if the group that takes over is attached to the same
        target group. Of the rules outside the deployment, those count that would lose their targets: see
        `_is_relevant_rule`.
        """
        written = self.context.written
        if group.id in written.created and group.id not in written.capacities:
            return None  # this process created it with 0 instances and never scaled it up
        alone = self._target_groups_of_its_own(group)
        ours = [*(pair.prod for pair in self.deployment.snapshot.routes), *self.deployment.standalone_routes]
        if not alone or (self.context.routes is None and not ours):
            return None
        if self.context.routes is None:
            raise SafetyError(
                f"{group.name} ({group.id}) may not be changed: the rules that use it cannot be read without AWS "
                "credentials."
            )
        found = read_settled(self.context, partial(self.context.routes.forwarding_to, alone))
        rules = tuple(
            _sends(route, alone, ours) for route in found if self._is_relevant_rule(group, route, alone, ours)
        )
        return rules if rules or self.deployment.snapshot.routes else None  # no such rule: there may be other routing

    def _target_groups_of_its_own(self, group: Group) -> tuple[TargetGroupArn, ...]:
        new, old = self.deployment.new, self.deployment.snapshot.old
        taker = old if new is not None and group.id == new.id else new
        shared = self._attached_target_groups(taker.id) if taker is not None and group.target_groups else ()
        return tuple(arn for arn in group.target_groups if arn not in shared)

    def _attached_target_groups(self, group: GroupId) -> tuple[TargetGroupArn, ...]:
        cached, created = self.context.health_cache.views.get(group), self.context.written.created.get(group)
        found = (cached[1].group if cached else None) or created or self.context.groups.get(group)
        return found.target_groups if found is not None else ()

    def _is_relevant_rule(
        self, group: Group, route: Route, alone: Sequence[TargetGroupArn], ours: Sequence[Route]
    ) -> bool:
        """Whether a rule that sends requests to the group forbids scaling it to 0 or deleting it.

        Exempt are the default rules of production's load balancers, a stage's listener, a rule that sent requests there
        before the group existed, and rules that the user allows. After a first deployment nothing was there before.
        """
        if not any(route.forward.share_of(arn) > 0 for arn in alone):
            return False
        if any(route.rule == rule.rule for rule in ours):
            return True
        pairs, old = self.deployment.snapshot.routes, self.deployment.snapshot.old
        stages = {pair.stage.listener for pair in pairs if pair.stage} - {pair.prod.listener for pair in pairs}
        exempt = self._is_default(group, route) or self._is_stage(route) or route.listener in stages or old is None
        known = route.rule in self.context.written.green_before
        return not (exempt or known or self.context.options.allow_other_rules)

    def _is_default(self, group: Group, route: Route) -> bool:
        """Whether it is a default rule, which every listener has: production's, or one that leads to the new group."""
        new, balancers = self.deployment.new, {pair.prod.load_balancer for pair in self.deployment.snapshot.routes}
        ours = new is not None and group.id == new.id
        return route.is_default and (ours or route.load_balancer in balancers)

    def _require_not_production(self, group: Group, verb: str, serving: tuple[str, ...] | None) -> None:
        if SafetyRule.NEVER_DELETE_PRODUCTION in self.rules and serving:
            raise SafetyError(
                f"{group.name} ({group.id}) may not be {verb}: {serving[0]}.",
                next_step="find out what modifies this rule; allow-other-rules: true ignores rules that are not part "
                "of the deployment.",
            )

    def _has_changed_nothing(self, group: Group) -> bool:
        """Whether this is the new group of a deployment that never passed the gate.

        Then this deployment has not changed production: a rule that leads here serves another run's new group, too.
        """
        new = self.deployment.new
        if new is None or group.id != new.id or self.deployment.gate_passed_by:
            return False
        return self.context.written.complete or self._is_carried_by_others(group)

    def _is_carried_by_others(self, group: Group) -> bool:
        """Whether its target groups have enough healthy targets without it, in case the record is outdated."""
        if self.context.routes is None or not group.target_groups:
            return True
        own = {instance.id for instance in self._observe_group(group).instances}
        old = self.deployment.snapshot.old
        needed = max(1, old.capacity.target if old else 0)
        return all(len(self._healthy_targets(arn) - own) >= needed for arn in group.target_groups)

    def _require_others_carry(self, group: Group, serving: tuple[str, ...] | None) -> None:
        """The app's other groups must together replace the old one, and serve wherever a rule leads to this group."""
        if serving:
            self._require_others_behind(group)
        old = self.deployment.snapshot.old
        needed = max(old.capacity.target if old else 0, 1 if serving else 0)
        if SafetyRule.TAKEOVER_IS_STEADY not in self.rules or group.capacity.target == 0 or not needed:
            return
        suffix = self.context.options.stage_suffix
        others = [
            other
            for other in self.context.groups.all()
            if other.id != group.id
            and other.capacity.target > 0
            and (is_group_of(other, self.deployment.app, suffix) or (old is not None and other.id == old.id))
        ]
        healthy = sum(self._observe_group(other).healthy for other in others)
        if healthy < needed:
            names = ", ".join(f"{other.name} ({other.id})" for other in others) or "no other group"
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink: {healthy} of {needed} instances are healthy in the app's "
                f"other groups ({names})."
            )

    def _require_others_behind(self, group: Group) -> None:
        """Another group must serve wherever a rule leads here: a person may have routed production to this one only."""
        if SafetyRule.NEVER_DELETE_PRODUCTION not in self.rules:
            return
        for arn in self._target_groups_of_its_own(group):
            healthy = self._healthy_targets(arn)
            if healthy and healthy <= {instance.id for instance in self._observe_group(group).instances}:
                raise SafetyError(
                    f"{group.name} ({group.id}) may not shrink: it has all the healthy targets of {arn_name(arn)}, "
                    "which receives production's requests.",
                    next_step="find out what modifies this rule.",
                )

    def _require_takeover_steady(self, group: Group, serving: tuple[str, ...] | None) -> None:
        """The group that takes over must be steady: the new one if an old one shrinks, the old one if the new one does.

        If no rule sends requests to the new group, nothing needs taking over, as long as production is alive.
        """
        if SafetyRule.TAKEOVER_IS_STEADY not in self.rules or group.capacity.target == 0:
            return
        new, old = self.deployment.new, self.deployment.snapshot.old
        shrinking_new = new is not None and group.id == new.id
        if shrinking_new and (old is None or old.capacity.target == 0):
            return
        if shrinking_new and serving == ():
            self._require_production_healthy(group)
            return
        taker = old if shrinking_new else new
        if taker is None:
            raise SafetyError(f"{group.name} ({group.id}) may not shrink: no other group exists to take over.")
        want = taker.capacity.target if shrinking_new else None
        self._require_steady(group, taker.id, want)

    def _require_production_healthy(self, group: Group) -> None:
        """If production has no healthy target left, a healthy new group must stay: a person can route requests there.

        Since it cannot be undone, this reads everything again.
        """
        for pair in self.deployment.snapshot.routes:
            serving = pair.prod.forward.serving_target_groups
            targets = [target for arn in serving for target in self.context.observe_targets(arn)]
            lost = all(target.state in _LOST for target in targets)
            if lost and isinstance(is_steady_where_used(self.context.observe(group), 1), Ready):
                names = ", ".join(arn_name(arn) for arn in serving)
                raise SafetyError(
                    f"{group.name} ({group.id}) may not shrink: no target of {names} is healthy, but its own are.",
                    next_step=f"restore the targets of {names}, or route production's requests to this group.",
                )

    def _require_steady(self, group: Group, taker_id: GroupId, want: int | None) -> None:
        taker = self.context.groups.get(taker_id)
        if taker is None:
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink: {taker_id}, which takes over, does not exist."
            )
        needed = max(1, self._required_capacity(taker.capacity.target) if want is None else want)
        verdict = is_steady(self._observe_group(taker), needed)
        if not isinstance(verdict, Ready):
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink: {taker.name} ({taker.id}), which takes over, "
                f"is not steady ({verdict.reason}).",
            )

    def _required_capacity(self, target: int) -> int:
        """The target that the new group must have: a scaling policy may have raised it meanwhile."""
        return min(target, self.deployment.capacity.target) if self.deployment.capacity else target

    def _require_own_group(self, group: Group) -> None:
        if SafetyRule.ONLY_OURS not in self.rules:
            return
        down = naming.version_number(self.deployment.app, group.name) is not None and group.capacity.target == 0
        if not down and not self._is_staged(group):
            raise SafetyError(f"{group.name} ({group.id}) may not be deleted: this deployment did not create it.")

    def _require_marker(self, group: Group) -> None:
        """A record may be forged: a group that this process did not create needs a marker of this action."""
        if SafetyRule.ONLY_OURS not in self.rules or group.id in self.context.written.created:
            return
        mark = marker.read_marker(group.description)
        if mark is None or mark.app not in {"", marker.digest(self.deployment.app)}:
            what = (
                "no marker of this action" if mark is None else f"the marker of an app other than {self.deployment.app}"
            )
            raise SafetyError(
                f"{group.name} ({group.id}) may not be deleted: its description has {what}.",
                next_step="delete it in the Spot console if it is not needed.",
            )

    def _require_own_repository(self, group: Group, verb: str) -> None:
        whose = other_owner(self.deployment, group)
        if SafetyRule.ONLY_OURS in self.rules and whose and not self._is_staged(group):
            raise SafetyError(
                f"{group.name} ({group.id}) may not be {verb}: according to its marker, {whose} deployed it."
            )

    def _is_staged(self, group: Group) -> bool:
        named = group.name == naming.stage_name(self.deployment.app, self.context.options.stage_suffix)
        return named and not is_group_of_other_app(group, self.deployment.app)

    def _require_healthy_targets(self, route: Route, arn: TargetGroupArn, share: float, *, locked: bool) -> None:
        pair = self._find_pair(route)
        back = pair is not None and arn == pair.blue
        healthy = len(self._healthy_of_old(arn) if back and not locked else self._healthy_targets(arn))
        needed = max(1, math.ceil(share * self._required_targets())) if pair else 1
        if healthy >= needed or (back and self._may_return_to_blue(route, arn, needed, healthy)):
            return
        weighed = self._healthy_weight(pair, arn) if pair else None
        if weighed is not None and weighed >= needed:
            return
        found = f"{healthy} of its targets are healthy" if weighed is None else f"its healthy targets weigh {weighed}"
        raise SafetyError(
            f"{route.load_balancer}:{route.port} may not send {share:.0%} to {arn_name(arn)}: "
            f"{found}, {needed} are required.",
        )

    def _may_return_to_blue(self, route: Route, blue: TargetGroupArn, needed: int, healthy: int) -> bool:
        """Whether production may return to blue, which has `healthy` healthy targets, fewer than required.

        It may if there was nothing before, if blue has more healthy targets than what serves now, or if the old group
        is steady in Spot and no rule uses blue, so that ELB does not check its health.
        """
        if self.deployment.snapshot.old is None:
            return True
        pair, now = self._find_pair(route), self._may_forward(route)
        serving = {arn for each in now or (route.forward,) for arn in each.serving_target_groups}
        if now is None and pair is not None:
            serving.add(pair.green)
        others = [len(self._healthy_targets(other)) for other in serving if other != blue]
        return healthy > max(others, default=0) or self._is_steady_in_spot(blue, needed)

    def _healthy_weight(self, pair: RoutePair, arn: TargetGroupArn) -> int | None:
        """The weight of blue's or green's healthy targets: a capacity of 12 may be 3 instances of weight 4."""
        ref = self.deployment.snapshot.old if arn == pair.blue else self.deployment.new
        return healthy_weight(self.context, ref.id, self._healthy_targets(arn)) if ref is not None else None

    def _is_steady_in_spot(self, arn: TargetGroupArn, needed: int) -> bool:
        old = self.deployment.snapshot.old
        group = (
            self.context.groups.get(old.id) if old and is_unused(self.context.health_cache.targets[arn][1]) else None
        )
        return group is not None and isinstance(is_steady_where_used(self._observe_group(group), needed), Ready)

    def _required_targets(self) -> int:
        old = self.deployment.snapshot.old
        capacity = self.deployment.capacity
        return required_targets(old.capacity if old else None, capacity) if capacity else 0

    def _is_stage(self, route: Route) -> bool:
        return any(pair.stage and pair.stage.rule == route.rule for pair in self.deployment.snapshot.routes)

    def _find_pair(self, route: Route) -> RoutePair | None:
        return next((pair for pair in self.deployment.snapshot.routes if pair.prod.rule == route.rule), None)

    def _observe_group(self, group: Group) -> GroupHealth:
        cached = self.context.health_cache.views.get(group.id)
        if cached and self.context.clock.now() - cached[0] <= _FRESH and cached[1].targets is not None:
            return cached[1]
        return self.context.observe(group)

    def _healthy_of_old(self, arn: TargetGroupArn) -> frozenset[InstanceId]:
        healthy, old = self._healthy_targets(arn), self.deployment.snapshot.old
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

    def _healthy_targets(self, arn: TargetGroupArn) -> frozenset[InstanceId]:
        cached = self.context.health_cache.targets.get(arn)
        fresh = cached is not None and self.context.clock.now() - cached[0] <= _FRESH
        targets = cached[1] if cached is not None and fresh else self.context.observe_targets(arn)
        return frozenset(target.id for target in targets if target.state is TargetState.HEALTHY)


def _sends(route: Route, target_groups: Sequence[TargetGroupArn], ours: Sequence[Route]) -> str:
    arn = next(arn for arn in target_groups if route.forward.share_of(arn) > 0)
    if any(route.rule == rule.rule for rule in ours):
        return f"{route.load_balancer}:{route.port} still sends requests to its target group {arn_name(arn)}"
    return f"{route.label}, which this deployment does not move, sends requests to its target group {arn_name(arn)}"
