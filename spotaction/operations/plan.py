"""The operation plan: the same steps on a copy of the clouds, and what they would change."""

from dataclasses import dataclass, field, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import NEW_GROUP
from spotaction.engine.plan_recorder import PlannedCall
from spotaction.model.deployment import Deployment, Status
from spotaction.model.events import Change, Note
from spotaction.model.resources import JsonObject
from spotaction.operations.lock import (
    acquire,
)
from spotaction.operations.no_op import find_identical_deployment
from spotaction.operations.policy_check import broken_policies, record_plan
from spotaction.operations.prepared import prepare_steps, with_own_writes, without_firing_alarms
from spotaction.operations.request import DeployRequest, check_until


@dataclass(frozen=True)
class Plan:
    """What a deployment would do, in order, and the record that it would leave.

    `script` holds writes and waits, `changes` the same writes as events for a person to read. `broken` says which of
    them break a rule.
    """

    deployment: Deployment
    script: tuple[PlannedCall, ...] = ()
    changes: tuple[Change, ...] = ()
    old_config: JsonObject = field(default_factory=dict, repr=False)
    new_config: JsonObject = field(default_factory=dict, repr=False)
    broken: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[PlannedCall, ...]:
        """The calls that would change something."""
        return tuple(act for act in self.script if not act.waits)

    def as_json(self) -> JsonObject:
        """The output `plan`: `{strategy, app, image, acts: [{step, call | wait, subject, says}]}`."""
        return {
            "app": self.deployment.app,
            "strategy": self.deployment.strategy,
            "image": self.deployment.image.id,
            "status": self.deployment.status.value,
            "acts": [act.as_json() for act in self.script],
        }


def plan_deployment(request: DeployRequest, context: DeployContext) -> Plan:
    """Rehearse the deployment: the same steps on an overlay of the live world. Nothing is written."""
    check_until(request)
    groups = acquire(replace(request, conflict_timeout=0.0), context)
    same = None if request.force else find_identical_deployment(request, groups, context)
    if same is not None:
        return Plan(same)
    context = without_firing_alarms(request, context)
    ready = prepare_steps(request, groups, context)
    context.notify(Note("A rehearsal on the live clouds: nothing of what follows is written."))
    script = record_plan(request, ready.steps, ready.deployment, with_own_writes(ready, context))
    ready.deployment.status = Status.PLANNED
    context.save(ready.deployment)
    old = ready.survey.old.config if ready.survey.old else {}
    breaks = broken_policies(request, ready.deployment, script, ready.config)
    created = script.overlay.groups.get(NEW_GROUP)
    new = created.config if created else ready.config
    return Plan(ready.deployment, script.planned_calls(), tuple(script.changes), old, new, breaks)
