"""Whether production's rules still forward as this deployment wrote them, before and while old instances drain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import FIND_WRITER, RULE_LAG, same_shares
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

WAIT_NAME = "production's rules"


def require_as_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> None:
    """Return if every rule reads as written; a read that may be older than the write is repeated.

    Raises `FailedError` when a rule was modified outside this deployment.
    """
    if not wanted:
        return
    try:
        wait_for(
            [rules_as_written(context, wanted)],
            timeout=RULE_LAG,
            clock=context.clock,
            notify=context.notify,
            budget=context.call_budget,
        )
    except TimedOutError:
        raise
    except FailedError as error:
        raise FailedError(error.message, next_step=FIND_WRITER) from error


def rules_as_written(context: DeployContext, wanted: Mapping[Route, Forward]) -> Wait:
    """Return the wait for the rules to read as written; it fails when one was modified outside this deployment."""
    return Wait(WAIT_NAME, _Rules(context, wanted).check, poll_interval_read_back)


def watch_rules(context: DeployContext, wanted: Mapping[Route, Forward]) -> tuple[Wait, ...]:
    """Return the watch that production's rules stay as written; a failed read does not count. Empty without rules."""
    if not wanted:
        return ()
    rules = _Rules(context, wanted)

    def check() -> Verdict:
        try:
            return rules.check()
        except (ApiError, CredentialError) as error:
            return Waiting(f"could not be read: {error.message}")

    return (
        Wait(
            WAIT_NAME,
            check,
            poll_interval_confirming,
            first=poll_interval_watching_rules(0.0),
            interval=poll_interval_watching_rules,
        ),
    )


def describe_modified_rule(live: Sequence[Route], wanted: Mapping[Route, Forward]) -> str:
    """Describe the first rule that does not forward as wanted; empty if all do.

    Stickiness that is off does not count as a change: a shift turns it off for a while.
    """
    for now, forward in zip(live, wanted.values(), strict=True):
        sticky = now.forward.sticky_seconds or forward.sticky_seconds
        if not same_shares(replace(now.forward, sticky_seconds=sticky), forward):
            forwards = f"it forwards to {now.forward}, not to {forward}"
            return f"{now.label} was modified outside this deployment: {forwards}"
    return ""


@dataclass
class _Rules:
    """Compares poll by poll: a read that lags may show a rule as it was before the write."""

    context: DeployContext
    wanted: Mapping[Route, Forward]
    differs_since: float | None = None

    def check(self) -> Verdict:
        """Return `Failed` once a rule has differed for a while and no read can be older than the write."""
        differs = describe_modified_rule(load_balancer_api(self.context).read(list(self.wanted)), self.wanted)
        if not differs:
            self.differs_since = None
            return Ready("as written")
        now, written = self.context.clock.now(), self.context.written.rules
        self.differs_since = now if self.differs_since is None else self.differs_since
        since = max((written[route.rule].at for route in self.wanted if route.rule in written), default=-inf)
        certain = now - self.differs_since >= CONFIRMED and now - since >= RULE_LAG
        return Failed(differs) if certain else Waiting(differs)
