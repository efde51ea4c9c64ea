"""Manual actions of a run: each reason once with everything that it concerns, and each command uncut."""

from spotaction.github.history import manual_actions
from spotaction.github.markdown import escape_inline, fenced_block, more_in_log
from spotaction.github.messages import MANUAL_ACTION
from spotaction.github.report import RunReport

_ROWS = 200


def render_manual_actions(report: RunReport) -> str:
    """Return the manual actions of this run's events, and those that an earlier run left in the record."""
    found = manual_actions(report.events)
    known = tuple(event.what for event in found)
    record = report.deployment.rollback_failures if report.deployment else []
    reasons: dict[str, list[str]] = {}
    for event in found:
        reasons.setdefault(event.why, []).append(event.what)
    for what in record:
        if not what.startswith(known):
            reasons.setdefault("left by an earlier run", []).append(what)
    if not reasons:
        return ""
    listed = "".join(_describe_reason(why, whats) for why, whats in list(reasons.items())[:_ROWS])
    commands: dict[str, list[str]] = {}
    for event in found:
        if event.todo:
            commands.setdefault(event.todo, []).append(event.what)
    blocks = "".join(_command_block(whats, todo) for todo, whats in list(commands.items())[:_ROWS])
    return f"### {MANUAL_ACTION.capitalize()}\n\n{listed}{more_in_log(len(reasons), _ROWS)}{blocks}"


def _describe_reason(why: str, whats: list[str]) -> str:
    """One line for a reason: what it concerns, counted if that is more than one thing."""
    distinct = list(dict.fromkeys(whats))
    count = f" ({len(whats)} times)" if len(whats) > 1 else ""
    return f"- **{'; '.join(escape_inline(what) for what in distinct[:_ROWS])}**{count}: {escape_inline(why)}\n"


def _command_block(whats: list[str], todo: str) -> str:
    """A block of its own, uncut: a command that lost a character to Markdown could not be run."""
    names = "; ".join(escape_inline(what) for what in dict.fromkeys(whats[:3]))
    return f"\nTo fix ({names}):\n\n{fenced_block(todo)}"
