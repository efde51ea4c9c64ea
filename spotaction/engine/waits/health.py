"""Verdicts: whether a group is steady or drained, and why not yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from spotaction.documents.wording import count_of
from spotaction.model.resources import (
    Group,
    Instance,
    InstanceId,
    InstanceState,
    Target,
    TargetGroupArn,
    TargetState,
    arn_name,
)

_NAMED_AT_MOST = 3


@dataclass(frozen=True)
class Waiting:
    """Not yet: `ready` of `of` instances are, and the reason. `launched` counts the instances that exist so far."""

    reason: str
    ready: int = 0
    of: int = 0
    launched: int = 0


@dataclass(frozen=True)
class Ready:
    """The condition holds."""

    reason: str
    ready: int = 0
    of: int = 0


@dataclass(frozen=True)
class Failed:
    """The condition does not hold, and will not."""

    reason: str
    ready: int = 0
    of: int = 0


Verdict = Waiting | Ready | Failed


@dataclass(frozen=True)
class GroupHealth:
    """A group at one moment: its instances, and all targets of each target group that it is attached to.

    `targets` is None without AWS credentials; then Spot's health alone decides.
    """

    group: Group
    instances: tuple[Instance, ...]
    targets: Mapping[TargetGroupArn, tuple[Target, ...]] | None = field(default=None)

    @cached_property
    def by_instance(self) -> Mapping[TargetGroupArn, Mapping[InstanceId, Sequence[Target]]]:
        """The targets of each target group by the instance that they are ports of."""
        found: dict[TargetGroupArn, dict[InstanceId, list[Target]]] = {}
        for arn, targets in (self.targets or {}).items():
            ports = found.setdefault(arn, {})
            for target in targets:
                ports.setdefault(target.id, []).append(target)
        return found

    @property
    def healthy(self) -> int:
        """Instances (or weight units) that are healthy in Spot and in every target group."""
        return sum(instance_weight(self.group, i) for i in self.instances if not _why_not(self, i))


def is_steady(view: GroupHealth, want: int) -> Verdict:
    """Whether at least `want` instances (or weight units) are healthy in Spot and in every attached target group."""
    reasons = [(instance, _why_not(view, instance)) for instance in view.instances]
    healthy = sum(instance_weight(view.group, instance) for instance, why in reasons if not why)
    if healthy >= want:
        return Ready(f"{healthy} of {want} healthy{_source_note(view)}", healthy, want)
    launched = sum(instance_weight(view.group, i) for i in view.instances if i.id is not None)
    missing = want - sum(instance_weight(view.group, i) for i in view.instances)
    return Waiting(_explain_reasons(reasons, missing), healthy, want, launched)


def is_steady_where_used(view: GroupHealth, want: int) -> Verdict:
    """`is_steady`, but without the target groups that no rule uses: ELB does not check health there."""
    if view.targets is None:
        return is_steady(view, want)
    used = {arn: targets for arn, targets in view.targets.items() if not is_unused(targets)}
    return is_steady(replace(view, targets=used), want)


def is_unused(targets: Sequence[Target]) -> bool:
    """Whether these are the targets of a target group that no rule uses."""
    return bool(targets) and all(
        target.state is TargetState.UNUSED and target.reason == "Target.NotInUse" for target in targets
    )


def is_drained(view: GroupHealth, want: int, draining: Collection[Instance] = (), *, over: bool = True) -> Verdict:
    """Whether a group that was scaled down has no more than `want` instances (or weight units) left.

    Where one instance weighs more, Spot keeps as many as it takes to have `want` units: none of them is to go.
    An instance of `draining` that Spot no longer lists may still serve requests. Until the group's draining time is
    `over`, it counts as gone only once none of the group's target groups has it registered, in any state.
    With `draining`, the reason tells of how many.
    """
    listed = {instance.id for instance in view.instances}
    unlisted = () if over else tuple(i for i in draining if i.id not in listed and _may_serve(view, i))
    weights = [instance_weight(view.group, instance) for instance in (*view.instances, *unlisted)]
    left = sum(weights)
    if left - want < min(weights, default=1):
        return Ready(
            f"{left} of {count_of(want, 'instance')} remaining" if want else "no instances remaining", want, want
        )
    known = {instance.id: instance for instance in (*draining, *view.instances)}
    before = sum(instance_weight(view.group, instance) for instance in known.values())
    of = f" of {before - want}" if draining and before >= left else ""
    return Waiting(f"{left - want}{of} draining")


def is_serving(view: GroupHealth, needed: int) -> Verdict:
    """Whether a group has the `needed` healthy instances (or weight units) that production requires.

    Returns `Failed` when an instance fails its health checks, or when fewer than half of what is needed is healthy.
    Instances that AWS reclaimed and Spot is replacing are not the release's fault: half is enough, and the verdict is
    `Waiting`. Target groups that no rule uses do not count; the rules are watched separately.
    """
    verdict = is_steady_where_used(view, needed)
    if isinstance(verdict, Ready):
        return verdict
    reason = f"{verdict.ready} of {needed} healthy: {verdict.reason}"
    if _failing(view) or verdict.ready < needed / 2:
        return Failed(reason, verdict.ready, needed)
    return Waiting(verdict.reason, verdict.ready, needed, verdict.launched if isinstance(verdict, Waiting) else 0)


def instance_weight(group: Group, instance: Instance) -> int:
    """Return what an instance counts for: 1, or its type's weight where the group's unit is weight."""
    if group.unit != "weight":
        return 1
    return group.weights.get(instance.instance_type, 1)


def _why_not(view: GroupHealth, instance: Instance) -> str:
    """Why an instance does not count as healthy; empty when it does."""
    if instance.id is None:
        return f"waiting for capacity ({instance.request_status or 'pending'})"
    found = [_why_not_target(arn, ports.get(instance.id, ())) for arn, ports in view.by_instance.items()]
    spot = _unhealthy_in_spot(view.group, instance)
    if spot:
        # Only an unhealthy target adds anything to Spot's health: ELB gives the cause, such as a failed check.
        found = [reason for reason in found if reason.startswith(TargetState.UNHEALTHY)]
    return ", ".join(reason for reason in (spot, *found) if reason)


def _failing(view: GroupHealth) -> bool:
    """Whether an instance fails its health checks, as opposed to one that is launching or draining."""
    bad = {TargetState.UNHEALTHY, TargetState.UNAVAILABLE}
    failing = {target.id for targets in (view.targets or {}).values() for target in targets if target.state in bad}
    return any(i.id in failing or i.state is InstanceState.UNHEALTHY for i in view.instances if i.id is not None)


def _may_serve(view: GroupHealth, instance: Instance) -> bool:
    """Whether an instance that Spot no longer lists may still serve; without target groups to read, it may."""
    return not view.targets or any(instance.id in ports for ports in view.by_instance.values())


def _unhealthy_in_spot(group: Group, instance: Instance) -> str:
    if instance.state is InstanceState.UNHEALTHY:
        return "Spot reports UNHEALTHY"
    if group.health_check and instance.state is not InstanceState.HEALTHY:
        return f"Spot reports {instance.state} ({group.health_check} check)"
    return ""


def _why_not_target(arn: TargetGroupArn, mine: Sequence[Target]) -> str:
    if not mine:
        return f"not registered with {arn_name(arn)}"
    if any(target.state is TargetState.HEALTHY for target in mine):
        return ""
    worst = mine[0]
    why = f" ({worst.reason}{': ' + worst.description if worst.description else ''})" if worst.reason else ""
    return f"{worst.state} in {arn_name(arn)}{why}"


def _explain_reasons(reasons: Sequence[tuple[Instance, str]], missing: int) -> str:
    """Return one line that gives each reason once, with the instances that it applies to."""
    by_reason: dict[str, list[Instance]] = {}
    for instance, why in reasons:
        if why:
            by_reason.setdefault(why, []).append(instance)
    parts = [f"{_name_instances(instances)} {why}" for why, instances in list(by_reason.items())[:_NAMED_AT_MOST]]
    rest = sum(len(instances) for instances in list(by_reason.values())[_NAMED_AT_MOST:])
    if rest:
        parts.append(f"{rest} more")
    if missing > 0:
        parts.append(f"{missing} not listed by Spot yet")
    return "; ".join(parts)


def _name_instances(instances: Sequence[Instance]) -> str:
    names = [instance.id or "a request" for instance in instances[:_NAMED_AT_MOST]]
    more = len(instances) - len(names)
    return ", ".join(names) + (f" and {more} more:" if more else ":")


def _source_note(view: GroupHealth) -> str:
    if view.targets is None:
        return " (by Spot alone: no AWS credentials to read target health)"
    return ""
