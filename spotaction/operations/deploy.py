"""The operation deploy: takes the lock, checks what is deployed already, prepares the steps and runs them."""

from spotaction.engine.context import DeployContext
from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note
from spotaction.operations.lock import acquire
from spotaction.operations.no_op import find_identical_deployment
from spotaction.operations.request import DeployRequest, check_until


def deploy(request: DeployRequest, context: DeployContext) -> Deployment:
    """Deploy, and return the record; its status is `unchanged` if the same inputs are deployed already.

    Raises `ConflictError` when another run is deploying, `RefusedError` when the clouds are not as required, and what
    a failed step raises after the rollback.
    """
    check_until(request)
    groups = acquire(request, context)
    same = None if request.allows(Override.REDEPLOY) else find_identical_deployment(request, groups, context)
    if same is not None:
        context.notify(Note(f"{same.new.name if same.new else ''} is already running this deployment."))
        return same
    # Imported now: neither the first call nor a deployment that is there already waits for it.
    from spotaction.operations.preflight.facts import check_facts
    from spotaction.operations.preflight.policy_check import PolicySubject, enforce_policies
    from spotaction.operations.prepared import prepare_steps, run_deployment, with_own_writes, without_firing_alarms

    context = without_firing_alarms(request, context)
    ready = prepare_steps(request, groups, context)
    context = with_own_writes(ready, context)
    found = check_facts(ready.deployment, request.execution, ready.config, (ready.state.old, None), context)
    enforce_policies(request, ready.steps, ready.deployment, PolicySubject(ready.config, found), context)
    context.save(ready.deployment)
    run_deployment(request, ready.steps, ready.deployment, context)
    return ready.deployment
