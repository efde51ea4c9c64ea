"""The operation deploy: what runs already, who else deploys, what is there, then the steps in order."""

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note
from spotaction.operations.lock import (
    acquire,
)
from spotaction.operations.no_op import find_identical_deployment
from spotaction.operations.policy_check import enforce_policies
from spotaction.operations.prepared import prepare_steps, run_deployment, with_own_writes, without_firing_alarms
from spotaction.operations.request import DeployRequest, check_until


def deploy(request: DeployRequest, context: DeployContext) -> Deployment:
    """Deploy, or find that there is nothing to do (`unchanged`)."""
    check_until(request)
    groups = acquire(request, context)
    same = None if request.force else find_identical_deployment(request, groups, context)
    if same is not None:
        context.notify(Note(f"{same.new.name if same.new else ''} runs this very deployment already."))
        return same
    context = without_firing_alarms(request, context)
    ready = prepare_steps(request, groups, context)
    context = with_own_writes(ready, context)
    enforce_policies(request, ready.steps, ready.deployment, ready.config, context)
    context.save(ready.deployment)
    run_deployment(request, ready.steps, ready.deployment, context)
    return ready.deployment
