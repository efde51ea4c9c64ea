"""Whether production's rules still forward as this deployment wrote them, before old instances go and while they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import same_shares
from spotaction.engine.safety import route_label
from spotaction.engine.steps.routes import load_balancer_api
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import (
    CONFIRMED,
    poll_interval_confirming,
    poll_interval_read_back,
    poll_interval_watching_rules,
)
from spotaction.model.errors import ApiError, CredentialError, FailedError, TimedOutError
from spotaction.model.resources import Forward, Route

RULE_LAG = 30.0  # seconds until a read of a rule shows what was written last
WHAT = "production's rules"
_FIND_OUT = "find out who writes this rule (another pipeline, Terraform, a person), then run again."


def require_as_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> None:
    """Raise `FailedError` where someone else changed a rule; a read that may be from before the write is repeated."""
    if not wanted:
        return
    try:
        wait_for(
            [rules_as_written(context, wanted)],
            timeout=RULE_LAG,
            clock=context.clock,
            notify=context.notify,
            pauses=context.call_budget,
        )
    except TimedOutError:
        raise
    except FailedError as error:
        raise FailedError(error.message, next_step=_FIND_OUT) from error


def rules_as_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> Wait:
    """Until the rules read as they were written; failed where someone else changed one."""
    return Wait(WHAT, _Rules(context, wanted).check, poll_interval_read_back)


def watch_rules(context: DeployContext, wanted: Mapping[Route, Forward]) -> tuple[Wait, ...]:
    """Watch whether production's rules stay as they were written; that they cannot be read says nothing."""
    if not wanted:
        return ()
    rules = _Rules(context, wanted)

    def check() -> Verdict:
        try:
            return rules.check()
        except (ApiError, CredentialError) as error:
            return Waiting(f"cannot be seen: {error.message}")

    return (
        Wait(
            WHAT,
            check,
            poll_interval_confirming,
            first=poll_interval_watching_rules(0.0),
            interval=poll_interval_watching_rules,
        ),
    )


def compare_rules(live: Sequence[Route], wanted: Mapping[Route, Forward]) -> str:
    """What someone else changed, in words; empty where all is as written.

    Stickiness that is off is no change: a shift turns it off for a while.
    """
    for now, forward in zip(live, wanted.values(), strict=True):
        found = now.forward
        if not same_shares(
            found if found.sticky_seconds else replace(found, sticky_seconds=forward.sticky_seconds), forward
        ):
            return f"{route_label(now)} was changed by someone else: it forwards to {now.forward}, not to {forward}"
    return ""


@dataclass
class _Rules:
    """Compares look by look: a read that comes late may show a rule as it was before."""

    context: DeployContext
    wanted: Mapping[Route, Forward]
    differs_since: float | None = None

    def check(self) -> Verdict:
        """Failed once a rule has differed for a while, and no read can be from before it was written."""
        differs = compare_rules(load_balancer_api(self.context).read(list(self.wanted)), self.wanted)
        if not differs:
            self.differs_since = None
            return Ready("as written")
        now, written = self.context.clock.now(), self.context.written.rules
        self.differs_since = now if self.differs_since is None else self.differs_since
        since = max(written[route.rule].at if route.rule in written else 0.0 for route in self.wanted)
        certain = now - self.differs_since >= CONFIRMED and now - since >= RULE_LAG
        return Failed(differs) if certain else Waiting(differs)
