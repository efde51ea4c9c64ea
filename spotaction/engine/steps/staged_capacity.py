"""Restores the staged group's capacity before it gets requests: without load, a policy may have scaled it in."""

from dataclasses import replace

from spotaction.engine.context import DeployContext
from spotaction.model.capacity import required_targets
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note


def scale_out_again(deployment: Deployment, context: DeployContext) -> bool:
    """Scale the new group out to what production needs, if it is smaller, and wait until it is steady.

    A policy may scale it in while this run waits at the gate, so the gate comes first. Returns whether time passed, so
    that the caller has to read again. Raises `FailedError`, `TimedOutError` or `ApiError`.
    """
    assert deployment.new is not None
    old = deployment.snapshot.old
    if deployment.capacity is None or old is None:
        return False
    waited = context.pass_gate(old.id)
    new = context.require_group(deployment.new.id, "The new Elastigroup")
    needed = required_targets(old.capacity, deployment.capacity)
    if new.capacity.target >= needed:
        return waited
    context.notify(
        Note(
            f"{new.name} was scaled in to {new.capacity.target} while it received no requests; production needs "
            f"{needed}. Set suspend-scaling: true to suspend scaling policies during a deployment."
        )
    )
    # The read may show an old capacity, so the whole requested capacity is written.
    context.groups.scale(new.id, deployment.capacity)
    new = replace(new, capacity=deployment.capacity)
    context.wait_for_all([context.wait_for_healthy(new, new.capacity.target, launching=True)])
    return True
