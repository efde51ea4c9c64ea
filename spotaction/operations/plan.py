"""The operation plan: runs the steps dry, and reports what they would change; a rollback can be planned, too."""

from copy import deepcopy
from dataclasses import dataclass, field, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import NEW_GROUP, dry_run_context
from spotaction.engine.plan_recorder import PlannedCall
from spotaction.engine.waits.call_budget import CallBudget
from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, Status
from spotaction.model.events import Change, Note
from spotaction.model.resources import JsonObject
from spotaction.operations.lock import acquire
from spotaction.operations.no_op import find_identical_deployment
from spotaction.operations.preflight.facts import check_facts
from spotaction.operations.preflight.policy_check import PolicySubject, broken_policies, record_plan
from spotaction.operations.prepared import prepare_steps, with_own_writes, without_firing_alarms
from spotaction.operations.request import DeployRequest, check_until
from spotaction.operations.rollback import roll_back


@dataclass(frozen=True)
class Plan:
    """What a deployment would do, and the record that it would leave.

    `calls` are the writes and waits in order, `changes` the same writes as events to show to people. `broken` describes
    the policy rules that they break, `steady` is how long each wait for healthy instances may take, and `draining` the
    draining time of the old group, in seconds (0: not known).
    """

    deployment: Deployment
    calls: tuple[PlannedCall, ...] = ()
    changes: tuple[Change, ...] = ()
    old_config: JsonObject = field(default_factory=dict, repr=False)
    new_config: JsonObject = field(default_factory=dict, repr=False)
    broken: tuple[str, ...] = ()
    steady: float = 0.0
    draining: float = 0.0

    @property
    def writes(self) -> tuple[PlannedCall, ...]:
        """The calls that would change something, without the waits."""
        return tuple(call for call in self.calls if not call.waits)

    def as_json(self) -> JsonObject:
        """Return the output `plan`: `{app, strategy, image, status, acts: [{step, call | wait, subject, …}]}`."""
        return {
            "app": self.deployment.app,
            "strategy": self.deployment.strategy,
            "image": self.deployment.image.id,
            "status": self.deployment.status.value,
            "acts": [call.as_json() for call in self.calls],
        }


def plan_deployment(request: DeployRequest, context: DeployContext) -> Plan:
    """Return the plan of a deployment: the same steps run against an overlay of the live clouds. Nothing is written.

    Raises what `deploy` raises before its first write.
    """
    check_until(request)
    groups = acquire(replace(request, conflict_timeout=0.0), context)
    same = None if request.allows(Override.REDEPLOY) else find_identical_deployment(request, groups, context)
    if same is not None:
        return Plan(same)
    context = without_firing_alarms(request, context)
    ready = prepare_steps(request, groups, context)
    found = check_facts(ready.deployment, request.execution, ready.config, (ready.state.old, None), context)
    context.notify(Note("Dry run against the live clouds; none of the following is written."))
    recorder = record_plan(request, ready.steps, ready.deployment, with_own_writes(ready, context))
    ready.deployment.status = Status.PLANNED
    context.save(ready.deployment)
    old = ready.state.old
    broken = broken_policies(request, ready.deployment, recorder, PolicySubject(ready.config, found))
    created = recorder.overlay.groups.get(NEW_GROUP)
    new = created.config if created else ready.config
    return Plan(
        ready.deployment,
        recorder.planned_calls(),
        tuple(recorder.changes),
        old.config if old else {},
        new,
        broken,
        steady=context.options.steady_timeout,
        draining=old.draining if old else 0.0,
    )


def plan_rollback(request: DeployRequest, context: DeployContext, record: Deployment | None = None) -> Plan:
    """Return what a rollback would write, run against an overlay of the live clouds. Nothing is written.

    Raises what `roll_back` raises before its first write.
    """
    context.notify(Note("Dry run against the live clouds; none of the following is written."))
    context = replace(context, call_budget=CallBudget())  # the rollback that follows has its own
    planned, recorder = dry_run_context(context)
    deployment = roll_back(request, planned, deepcopy(record))
    if deployment.status is not Status.UNCHANGED:
        deployment.status = Status.PLANNED
    steady = context.options.steady_timeout
    return Plan(deployment, recorder.planned_calls(), tuple(recorder.changes), steady=steady)
