"""A group without requests has no load: what a scaling policy took from it is given back before production comes."""

from dataclasses import replace

from spotaction.engine.context import DeployContext
from spotaction.model.capacity import required_targets
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note


def scale_out_again(deployment: Deployment, context: DeployContext) -> bool:
    """Bring the new group's target back to what production needs, and wait until it is steady; no smaller otherwise.

    A policy may act while this run waits at the gate, so that is passed before. The answer is whether time passed.
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
            f"{new.name} was scaled in to {new.capacity.target} while it got no requests; production needs {needed}. "
            "Set suspend-scaling: true to keep scaling policies off while a deployment is in progress."
        )
    )
    # What was read may be an old capacity: what is written is the whole of what was asked for.
    context.groups.scale(new.id, deployment.capacity)
    new = replace(new, capacity=deployment.capacity)
    context.wait_for_all([context.wait_for_healthy(new, new.capacity.target, launching=True)])
    return True
