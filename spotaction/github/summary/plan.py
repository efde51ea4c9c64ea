"""What a plan would do: how long it takes, the capacity that it needs at most, the changes in words, and the diff."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from spotaction.documents.wording import count_of
from spotaction.github.history import Stamped
from spotaction.github.markdown import escape_inline, fenced_block, more_in_log
from spotaction.github.report import RunReport
from spotaction.github.summary.plan_needs import describe_capacity, describe_time
from spotaction.model.events import (
    Change,
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    RouteChanged,
    ScalingSuspended,
    StepFinished,
    StepStarted,
)

_ROWS = 200
_LINE = 500
_DIFF = 100_000


def render_plan(report: RunReport) -> str:
    """Return the blocks of a plan; empty if the plan changes nothing."""
    needs = [("Time", describe_time(report)), ("Capacity", describe_capacity(report))]
    listed = "".join(f"- **{label}:** {escape_inline(text, _LINE)}\n" for label, text in needs if text)
    parts = (listed if report.changes else "", _render_changes(report), _render_diff(report.diff))
    return "\n".join(part for part in parts if part)


def describe_planned(change: Change) -> str:
    """Return what the deployment would do as a command in one line."""
    match change:
        case GroupCreated(_, name, image):
            return f"Create Elastigroup {name} from {image}"
        case GroupScaled(_, name, before, after):
            return f"Scale {name} from {before} to {after} (minimum/target/maximum)"
        case GroupUpdated(_, name, before):
            return f"Rename {before} to {name}" if name != before else f"Update the marker of {name}"
        case GroupDeleted(_, name):
            return f"Delete {name}"
        case ScalingSuspended(_, name, minutes):
            return (
                f"Suspend auto scaling of {name} for {count_of(minutes, 'minute')}"
                if minutes
                else f"Resume auto scaling of {name}"
            )
        case RouteChanged(where, before, after):
            return f"Forward {where} to {after} (before: {before})"
        case _:
            assert_never(change)


def _render_changes(report: RunReport) -> str:
    changes = list(_changes_with_steps(report.changes, report.events))
    if not changes:
        return ""
    numbered = [
        f"{number}. {f'**{escape_inline(step)}:** ' if step else ''}{escape_inline(describe_planned(change), _LINE)}\n"
        for number, (step, change) in enumerate(changes[:_ROWS], start=1)
    ]
    return "### Changes\n\n" + "".join(numbered) + more_in_log(len(changes), _ROWS)


def _changes_with_steps(changes: Sequence[Change], events: Sequence[Stamped]) -> Iterator[tuple[str, Change]]:
    """Each change with the step that makes it; the events have the same changes in the same order."""
    step, steps = "", []
    for entry in events:
        if isinstance(entry.event, StepStarted):
            step = entry.event.step
        elif isinstance(entry.event, StepFinished):
            step = ""
        elif isinstance(entry.event, Change):
            steps.append(step)
    steps += [""] * (len(changes) - len(steps))
    yield from zip(steps, changes, strict=False)


def _render_diff(diff: str) -> str:
    if not diff:
        return ""
    cut = "\n… (truncated)" if len(diff) > _DIFF else ""
    return "### Group configuration\n\n" + fenced_block(diff[:_DIFF] + cut, "diff")
