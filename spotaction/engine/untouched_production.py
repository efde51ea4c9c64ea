"""Whether production still forwards as when a deployment began that has not written its rules yet."""

from collections.abc import Iterator

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import identical
from spotaction.engine.gate import find_rival
from spotaction.engine.safety import route_label
from spotaction.model.deployment import Deployment
from spotaction.model.events import Note


def find_foreign_changes(deployment: Deployment, context: DeployContext) -> tuple[tuple[str, str], ...]:
    """What somebody else made of production's rules, each with the command that takes it back.

    None where that was another run on the same app.

    Nothing is written: this deployment has nothing to put back there.
    """
    found = tuple(_changes(deployment, context))
    if not found or find_rival(deployment, context.groups.all(), context.options.stage_suffix) is None:
        return found
    context.notify(
        Note(f"Another run on {deployment.app} moved production meanwhile: {'; '.join(what for what, _ in found)}.")
    )
    return ()


def _changes(deployment: Deployment, context: DeployContext) -> Iterator[tuple[str, str]]:
    before = [pair.prod for pair in deployment.snapshot.routes]
    live = context.routes.read(before) if context.routes is not None and before else ()
    for then, now in zip(before, live, strict=False):
        if not identical(now.forward, then.forward):
            what = f"{route_label(now)} forwards to {now.forward}, not to {then.forward}"
            yield what, manual_actions.restore_route_command(then)
