"""The plan: a rehearsal, what it would change, and which rules that would break."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from spotaction import engine, policies
from spotaction.deployment import Deployment
from spotaction.errors import RefusedError
from spotaction.events import Change, Note
from spotaction.guarded import guarded
from spotaction.model import GroupId, JsonObject
from spotaction.rehearsal import rehearse
from spotaction.request import Request, course
from spotaction.script import Act, Script
from spotaction.steps.base import Step
from spotaction.world import World


@dataclass(frozen=True)
class Plan:
    """What a deployment would do, in order, and the record that it would leave.

    `script` holds writes and waits, `changes` the same writes as events for a person to read. `broken` says which of
    them break a rule.
    """

    deployment: Deployment
    script: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()
    old_config: JsonObject = field(default_factory=dict, repr=False)
    new_config: JsonObject = field(default_factory=dict, repr=False)
    broken: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Act, ...]:
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


def keep_rules(
    request: Request, steps: Sequence[Step], deployment: Deployment, config: JsonObject, world: World
) -> None:
    """Rehearse a copy and look at what it would do, before the first write. Raises `RefusedError`."""
    if not request.policies:
        return
    copied = deepcopy(deployment)
    under_way = (deployment.new, deployment.snapshot.old) if deployment.new is not None else ()
    ids = [ref.id for ref in under_way if ref is not None]
    script = rehearsed(request, steps, copied, replace(world, notify=lambda _: None), ids)
    refuse_broken(broken(request, copied, script, config))
    world.notify(Note(f"The plan keeps {len(request.policies)} rule(s)."))


def rehearsed(
    request: Request, steps: Sequence[Step], deployment: Deployment, world: World, under_way: Sequence[GroupId] = ()
) -> Script:
    """The steps on an overlay of the live world; `under_way` are groups that change just now."""
    stage, script = rehearse(world, under_way)
    engine.run(steps, deployment, guarded(stage, deployment, request.rules), course(request))
    return script


def broken(request: Request, deployment: Deployment, script: Script, config: JsonObject) -> tuple[str, ...]:
    """The rules that the plan would break, in words."""
    seen = policies.look(deployment, script.acts(), config, request.environment)
    return policies.broken(request.policies, seen)


def refuse_broken(broken: Sequence[str]) -> None:
    """Raise `RefusedError` for the changes that break a rule, if there are any."""
    if broken:
        raise RefusedError(
            "\n".join(broken), next_step="change the deployment so that it keeps the rule; nothing was written."
        )
