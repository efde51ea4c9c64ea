"""Deploys a phase: scales the new group up to an amount, then the old one down by as much."""

from dataclasses import dataclass, replace

from spotaction.documents.wording import describe_part
from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.steps.draining import wait_drained, watch_new
from spotaction.engine.steps.groups import restore_old
from spotaction.engine.waits.health import is_steady_where_used
from spotaction.engine.waits.loop import Wait
from spotaction.model import capacity
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note
from spotaction.model.resources import ZERO, Capacity, Group


@dataclass(frozen=True)
class Deploy:
    """One phase. `amount` is cumulative, of the setup's capacity; `kept` overrides what remains of the old group.

    `bake` is in seconds. Unless `serial`, old instances drain while the next phase launches.
    """

    name: str
    amount: Amount
    kept: Amount | None = None
    bake: float = 0.0
    serial: bool = False

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Scale the new group up, wait until it is steady, bake, and scale the old group down.

        The final phase also sets the new group's range and waits until the old group has drained. Raises `FailedError`
        or `TimedOutError` when the new group does not become steady or stay so, `ApiError` when Spot rejects a call.
        """
        assert deployment.new is not None
        assert deployment.capacity is not None
        final = capacity.is_final(self.amount, deployment.capacity)
        before = self._read_new(deployment, context)
        draining, watch = _draining_waits(deployment, context, before)
        new = self._scale_up_new(before, context, capacity.new_capacity(self.amount, deployment.capacity))
        if not final:
            self._log_range(deployment, context, new)
        steady = context.wait_for_healthy(new, new.capacity.target, launching=True)
        wait_drained(deployment, context, [steady, *draining], watch)
        old = deployment.snapshot.old
        context.bake_for([steady], self.bake, why=f"before {old.name} is scaled down" if old else "")
        self._scale_down_old(deployment, context, new, final=final)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Restore the old group's capacity and wait until it is steady; the setup's rollback removes the new group."""
        restore_old(deployment, context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return how to restore the old group's capacity in the Spot console."""
        return manual_actions.restore_capacity(deployment.snapshot.old)

    def _read_new(self, deployment: Deployment, context: DeployContext) -> Group:
        """The new group; where the run before may just have scaled it further than this phase, once reads show that."""
        assert deployment.new is not None
        assert deployment.capacity is not None
        new, final = deployment.new, capacity.is_final(self.amount, deployment.capacity)
        if deployment.lock.replaces is not None and not final and new.id not in context.written.capacities:
            context.pass_gate(new.id)
        return context.require_group(new.id, "The new Elastigroup", recent=True)

    def _scale_up_new(self, new: Group, context: DeployContext, wanted: Capacity) -> Group:
        """Scale up; a group that is already larger (in a continued deployment) keeps its capacity."""
        if new.capacity.target > wanted.target:
            return new
        context.groups.scale(new.id, wanted)
        return replace(new, capacity=wanted)

    def _log_range(self, deployment: Deployment, context: DeployContext, new: Group) -> None:
        """Log what scaling policies may do during this phase."""
        old = deployment.snapshot.old
        assert deployment.capacity is not None
        left = capacity.old_capacity(self.amount, deployment.capacity, old.capacity, self.kept) if old else ZERO
        old_range = f"; {old.name} may scale out to {left.maximum}" if old and left.target else ""
        stays = f"{new.name} stays at {new.capacity.target} in this phase regardless of load"
        context.notify(Note(f"{stays}{old_range}."))

    def _scale_down_old(self, deployment: Deployment, context: DeployContext, new: Group, *, final: bool) -> None:
        old = deployment.snapshot.old
        assert deployment.capacity is not None
        if old is None:
            return
        wanted = capacity.old_capacity(self.amount, deployment.capacity, old.capacity, self.kept)
        group = context.require_group(old.id, "The old Elastigroup")
        if group.capacity.target > wanted.target or (final and group.capacity != ZERO):
            instances = context.instances_if_readable(group)
            context.pass_gate(group.id)
            if self._would_miss_healthy(deployment, context, group, wanted, new):
                return
            context.note_draining(group, instances)
            context.groups.scale(group.id, wanted)
        if final or self.serial:
            watch = _watch(deployment, context, new, wanted.target)
            wait_drained(deployment, context, [context.wait_for_drained(group, wanted.target)], watch)

    def _would_miss_healthy(
        self, deployment: Deployment, context: DeployContext, group: Group, wanted: Capacity, new: Group
    ) -> bool:
        """Whether the old group is short of healthy instances, so that it keeps its capacity until the next phase."""
        assert deployment.snapshot.old is not None
        assert deployment.capacity is not None
        if wanted.target == 0:
            return False
        before = group.capacity.target
        healthy = is_steady_where_used(context.observe(group), before).ready
        missing = capacity.missing_after(
            healthy,
            before,
            wanted,
            old=deployment.snapshot.old.capacity,
            setup=deployment.capacity,
            new=new.capacity.target,
        )
        if missing:
            kept = f"{group.name} keeps its capacity of {before} in this phase, not {wanted.target}"
            found = f"{describe_part(healthy, before, 'instance')} healthy"
            context.notify(Note(f"{kept}: {found}, and Spot chooses which ones go."))
        return bool(missing)


def _draining_waits(deployment: Deployment, context: DeployContext, new: Group) -> tuple[list[Wait], tuple[Wait, ...]]:
    """The wait for old instances of the previous phase that still drain, and the watch on what replaces them."""
    old = context.recent_group(deployment.snapshot.old.id) if deployment.snapshot.old else None
    if old is None or deployment.snapshot.old is None or old.capacity.target >= deployment.snapshot.old.capacity.target:
        return [], ()
    return [context.wait_for_drained(old, old.capacity.target)], _watch(deployment, context, new, old.capacity.target)


def _watch(deployment: Deployment, context: DeployContext, new: Group, old_left: int) -> tuple[Wait, ...]:
    """The watch on the instances of the new group that production needs."""
    assert deployment.snapshot.old is not None
    assert deployment.capacity is not None
    before = deployment.snapshot.old.capacity
    needed = capacity.needed_of_new(before, deployment.capacity, old_left=old_left, new=new.capacity.target)
    return watch_new(context, new, needed)
