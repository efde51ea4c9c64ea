"""The safety rules: what has to hold before a group is scaled down or deleted, besides those of `route_safety`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from spotaction.documents.wording import describe_part, is_or_are
from spotaction.engine.forwards import read_settled
from spotaction.engine.marked_groups import finished_instead, is_group_of, is_group_of_other_app, other_owner
from spotaction.engine.route_safety import RouteSafety
from spotaction.engine.waits.health import Ready, is_steady, is_steady_where_used
from spotaction.engine.waits.weights import healthy_weight
from spotaction.model import marker, naming
from spotaction.model.capacity import missing_after, required_targets
from spotaction.model.errors import SafetyError
from spotaction.model.resources import (
    Capacity,
    Group,
    GroupId,
    InstanceId,
    Route,
    TargetGroupArn,
    TargetState,
    arn_name,
)
from spotaction.model.safety_rule import SafetyRule

_LOST = frozenset({TargetState.UNHEALTHY, TargetState.UNHEALTHY_DRAINING, TargetState.DRAINING})


@dataclass(frozen=True)
class SafetyRules(RouteSafety):
    """Checks all `rules`; those that concern routes are inherited."""

    def before_shrink(self, group: Group, after: Capacity) -> None:
        """Raise `SafetyError` if a group may not be scaled down to `after`."""
        self._require_two_groups(group)
        self._require_own_repository(group, "scaled down")
        serving = self._find_serving_rules(group) if after.target == 0 or self._has_changed_nothing(group) else None
        if self._has_changed_nothing(group) and serving != ():
            self._require_others_carry(group, serving)
            return
        self._require_not_production(group, "emptied", serving)
        self._require_takeover_steady(group, serving)
        self._require_rest_healthy(group, after)

    def before_delete(self, group: Group) -> None:
        """Raise `SafetyError` if a group may not be deleted."""
        self._require_two_groups(group)
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
        elif ours or not self._is_staged(group):
            self._require_takeover_steady(group, serving)

    def _require_two_groups(self, group: Group) -> None:
        """A record that names one group as the old and the new one is wrong: nothing would take over."""
        new, old = self.deployment.new, self.deployment.snapshot.old
        if SafetyRule.TAKEOVER_IS_STEADY in self.rules and new is not None and old is not None and new.id == old.id:
            raise SafetyError(
                f"{group.name} ({group.id}) may not be changed: {new.id} is recorded as both the old and the new group."
            )

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
        exempt = self._is_default(group, route) or self.is_stage(route) or route.listener in stages or old is None
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
                next_step="find out what modifies this rule, and point it elsewhere; allow: other-rules leaves rules "
                "that are not part of the deployment without targets.",
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
        own = {instance.id for instance in self.observe_group(group).instances}
        return all(self._are_enough(self.healthy_targets(arn) - own) for arn in group.target_groups)

    def _are_enough(self, healthy: frozenset[InstanceId]) -> bool:
        """Whether these targets of the app's groups are as many as production needs, or weigh as much."""
        old = self.deployment.snapshot.old
        if len(healthy) >= max(1, old.capacity.target if old else 0):
            return True
        groups = self.context.groups.all()
        mine = [each for each in groups if is_group_of(each, self.deployment.app) and each.capacity.target > 0]
        weighed = [healthy_weight(self.context, each.id, healthy) or 0 for each in mine if each.unit == "weight"]
        return max(len(healthy), *weighed, 0) >= max(1, self._needed_of_others(groups))

    def _needed_of_others(self, groups: Sequence[Group]) -> int:
        """What the old group had; less if another deployment finished that replaced it with less."""
        old = self.deployment.snapshot.old
        if old is None:
            return 0
        instead = finished_instead(self.deployment, groups)
        mark = marker.read_marker(instead.description) if instead is not None else None
        given = mark.capacity if mark is not None else None
        return old.capacity.target if given is None else required_targets(old.capacity, given)

    def _require_others_carry(self, group: Group, serving: tuple[str, ...] | None) -> None:
        """The app's other groups must together replace the old one, and serve wherever a rule leads to this group."""
        if serving:
            self._require_others_behind(group)
        old = self.deployment.snapshot.old
        needed = max(old.capacity.target if old else 0, 1 if serving else 0)
        if SafetyRule.TAKEOVER_IS_STEADY not in self.rules or group.capacity.target == 0 or not needed:
            return
        groups = self.context.groups.all()
        needed = max(self._needed_of_others(groups), 1 if serving else 0)
        others = [
            other
            for other in groups
            if other.id not in {group.id, *self.context.written.gone}
            and other.capacity.target > 0
            and (is_group_of(other, self.deployment.app) or (old is not None and other.id == old.id))
        ]
        beside = [other for other in others if set(other.target_groups) & set(group.target_groups)]
        if any(old is not None and other.id == old.id for other in beside):
            others = beside  # production is there: what is healthy in another target group does not serve it
        healthy = sum(self.observe_group(other).healthy for other in others)
        if healthy < needed:
            names = ", ".join(f"{other.name} ({other.id})" for other in others) or "no other group"
            found = f"{describe_part(healthy, needed, 'instance')} healthy"
            raise SafetyError(f"{group.name} ({group.id}) may not shrink: {found} in the app's other groups ({names}).")

    def _require_others_behind(self, group: Group) -> None:
        """Another group must serve wherever a rule leads here: a person may have routed production to this one only."""
        if SafetyRule.NEVER_DELETE_PRODUCTION not in self.rules:
            return
        for arn in self._target_groups_of_its_own(group):
            healthy = self.healthy_targets(arn)
            if healthy and healthy <= {instance.id for instance in self.observe_group(group).instances}:
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
        taker = None if taker_id in self.context.written.gone else self.context.recent_group(taker_id)
        if taker is None:
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink: {taker_id}, which takes over, does not exist."
            )
        needed = max(1, self._required_capacity(taker.capacity.target) if want is None else want)
        verdict = is_steady(self.observe_group(taker), needed)
        if not isinstance(verdict, Ready):
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink: {taker.name} ({taker.id}), which takes over, "
                f"is not steady ({verdict.reason}).",
            )

    def _require_rest_healthy(self, group: Group, after: Capacity) -> None:
        """Of an old group that keeps serving beside the new one, enough has to stay, whichever instances Spot chooses.

        The group that takes over was just found steady.
        """
        new, old, setup = self.deployment.new, self.deployment.snapshot.old, self.deployment.capacity
        if SafetyRule.TAKEOVER_IS_STEADY not in self.rules or after.target == 0:
            return
        if new is None or old is None or setup is None or group.id != old.id:
            return
        before, taken = group.capacity.target, self.context.health_cache.views[new.id][1].healthy
        healthy = is_steady_where_used(self.observe_group(group), before).ready
        missing = missing_after(healthy, before, after, old=old.capacity, setup=setup, new=taken)
        if missing:
            raise SafetyError(
                f"{group.name} ({group.id}) may not shrink from {before} to {after.target}: only {healthy} of its "
                f"instances {is_or_are(healthy)} healthy, and Spot may choose those; production would miss {missing}."
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
        named = group.name == naming.stage_name(self.deployment.app)
        return named and not is_group_of_other_app(group, self.deployment.app)


def _sends(route: Route, target_groups: Sequence[TargetGroupArn], ours: Sequence[Route]) -> str:
    arn = next(arn for arn in target_groups if route.forward.share_of(arn) > 0)
    if any(route.rule == rule.rule for rule in ours):
        return f"{route.load_balancer}:{route.port} still sends requests to its target group {arn_name(arn)}"
    return f"{route.label}, which this deployment does not move, sends requests to its target group {arn_name(arn)}"
