"""Compares forwards, and reads rules until they show what this process wrote."""

from collections.abc import Callable
from contextlib import suppress

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import poll_interval_read_back
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.resources import Forward, Route, TargetGroupArn

ELB_LAG = 90.0  # seconds for which a write may not show yet: a step waits this long before it gives up on its own write
RULE_LAG = 30.0  # seconds after a write from which another forward counts as somebody else's: a few are usual
FIND_WRITER = "find out what modifies this rule (another pipeline, Terraform, a person), then run again."


def same_shares(one: Forward, other: Forward) -> bool:
    """Whether two forwards send the same shares to the same target groups with the same stickiness."""
    arns = {target.target_group for target in (*one.targets, *other.targets)}
    shares = all(abs(one.share_of(arn) - other.share_of(arn)) < 1e-9 for arn in arns)  # noqa: PLR2004 - rounding
    return shares and one.sticky_seconds == other.sticky_seconds


def identical(one: Forward, other: Forward) -> bool:
    """Whether two forwards are the same and name the same target groups, including those at weight 0."""
    return same_shares(one, other) and named_target_groups(one) == named_target_groups(other)


def named_target_groups(forward: Forward) -> frozenset[TargetGroupArn]:
    """Return the target groups of a forward, including those at weight 0."""
    return frozenset(target.target_group for target in forward.targets)


def externally_modified_error(live: Route, change: str) -> FailedError:
    """Return the error for a rule that something else writes; `change` is how it forwards now."""
    return FailedError(f"{live.label} was modified outside this deployment: {change}.", next_step=FIND_WRITER)


def read_settled(context: DeployContext, read: Callable[[], tuple[Route, ...]]) -> tuple[Route, ...]:
    """Return the routes of `read` once they show this process's writes, or as they are `ELB_LAG` seconds after them.

    Until then, a read that lags looks the same as a rule that was modified outside this deployment.
    """
    found = read()
    left = max((_seconds_left(context, route) for route in found), default=0.0)
    if left <= 0:
        return found
    latest = [found]

    def check() -> Verdict:
        latest.append(read())
        late = [route for route in latest[-1] if _seconds_left(context, route) > 0]
        if late:
            route = late[0]
            return Waiting(f"{route.load_balancer}:{route.port} still reads as {route.forward}", 0, 1)
        return Ready("as written")

    wait = Wait("rules read-back", check, poll_interval_read_back, first=1.0)
    with suppress(TimedOutError):
        wait_for([wait], timeout=left, clock=context.clock, notify=context.notify, budget=context.call_budget)
    return latest[-1]


def _seconds_left(context: DeployContext, route: Route) -> float:
    """Seconds for which a route that does not read as written may still be a read that lags."""
    write = context.written.rules.get(route.rule)
    if write is None or identical(write.forward, route.forward):
        return 0.0
    return write.at + ELB_LAG - context.clock.now()
