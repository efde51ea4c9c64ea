"""Whether production still forwards as at the start of a deployment that has not written any rules."""

from collections.abc import Iterator

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import identical
from spotaction.engine.gate import find_rival
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note


def find_external_changes(deployment: Deployment, context: DeployContext) -> tuple[tuple[str, str], ...]:
    """Return how production's rules were modified outside this deployment, each with its restore command.

    Empty if another run of the same app did that. Nothing is written: this deployment has changed no rule.
    """
    found = tuple(_changes(deployment, context))
    if not found or find_rival(deployment, context.groups.all(), context.options.stage_suffix) is None:
        return found
    context.notify(
        Note(f"Another run of {deployment.app} changed production meanwhile: {'; '.join(what for what, _ in found)}.")
    )
    return ()


def _changes(deployment: Deployment, context: DeployContext) -> Iterator[tuple[str, str]]:
    before = [pair.prod for pair in deployment.snapshot.routes]
    live = context.routes.read(before) if context.routes is not None and before else ()
    for then, now in zip(before, live, strict=False):
        if not identical(now.forward, then.forward):
            what = f"{now.label} forwards to {now.forward}, not to {then.forward}"
            yield what, manual_actions.restore_route_command(then)
