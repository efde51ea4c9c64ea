"""Whether production's rules still forward as this deployment wrote them, before old instances go and while they do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spotaction.errors import ApiError, CredentialError, FailedError, TimedOutError
from spotaction.health import Failed, Ready, Verdict, Waiting
from spotaction.model import Forward, Route
from spotaction.pacing import confirming, soon, watching_rules
from spotaction.safety import where
from spotaction.steps.routes import ports, same
from spotaction.waiting import Wait, wait_for
from spotaction.world import World

RULE_LAG = 30.0  # seconds until a read of a rule shows what was written last
WHAT = "production's rules"
_FIND_OUT = "find out who writes this rule (another pipeline, Terraform, a person), then run again."


def require_as_written(world: World, wanted: Mapping[Route, Forward]) -> None:
    """Raise `FailedError` where someone else changed a rule; a read that may be from before the write is repeated."""
    if not wanted:
        return
    try:
        wait_for(
            [rules_as_written(world, wanted)],
            timeout=RULE_LAG,
            clock=world.clock,
            notify=world.notify,
            pauses=world.pauses,
        )
    except TimedOutError:
        raise
    except FailedError as error:
        raise FailedError(error.message, next_step=_FIND_OUT) from error


def rules_as_written(world: World, wanted: Mapping[Route, Forward]) -> Wait:
    """Until the rules read as they were written; failed where someone else changed one."""
    return Wait(WHAT, lambda: _compare(world, wanted), soon)


def watch_rules(world: World, wanted: Mapping[Route, Forward]) -> tuple[Wait, ...]:
    """Watch whether production's rules stay as they were written; that they cannot be read says nothing."""
    if not wanted:
        return ()

    def check() -> Verdict:
        try:
            return _compare(world, wanted)
        except (ApiError, CredentialError) as error:
            return Waiting(f"cannot be seen: {error.message}")

    return (Wait(WHAT, check, confirming, first=watching_rules(0.0), interval=watching_rules),)


def compare_rules(live: Sequence[Route], wanted: Mapping[Route, Forward]) -> str:
    """What someone else changed, in words; empty where all is as written.

    Stickiness that is off is no change: a shift turns it off for a while.
    """
    for now, forward in zip(live, wanted.values(), strict=True):
        found = now.forward
        if not same(found if found.sticky_seconds else replace(found, sticky_seconds=forward.sticky_seconds), forward):
            return f"{where(now)} was changed by someone else: it forwards to {now.forward}, not to {forward}"
    return ""


def _compare(world: World, wanted: Mapping[Route, Forward]) -> Verdict:
    differs = compare_rules(ports(world).read(list(wanted)), wanted)
    if not differs:
        return Ready("as written")
    written = max((world.sightings.written.get(route.rule, 0.0) for route in wanted), default=0.0)
    return Waiting(differs) if world.clock.now() - written < RULE_LAG else Failed(differs)
