"""The checks that a team wrote, in one table: last value, limit and verdict, or in a plan when each would run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from spotaction.documents.wording import format_duration
from spotaction.github.history import Stamped
from spotaction.github.markdown import details_block, escape_inline, markdown_table, more_in_log, trimmed_table
from spotaction.github.report import RunReport
from spotaction.model.deployment import Status
from spotaction.model.events import CheckFinished, CheckMeasured

_UNFOLDED = 20
_ROWS = 200
_PLANNED = "planned"
_MARKS = {"passed": "✅", "failed": "❌", "inconclusive": "⚠️"}


@dataclass(frozen=True)
class CheckState:
    """A check at one step as it is now: its last measurement, and its verdict (empty while it runs).

    `seconds` is how long it ran, `at` when that was, in seconds since the start of the run.
    """

    check: str
    way: str
    step: str
    at: float
    outcome: str = ""
    reason: str = ""
    value: str = ""
    limit: str = ""
    verdict: str = ""
    measurements: int = 0
    seconds: float | None = None
    decides: bool = True


def find_checks(events: Iterable[Stamped]) -> tuple[CheckState, ...]:
    """Return each check at each step where it ran, in order of the first time; the last time counts."""
    found: dict[tuple[str, str], CheckState] = {}
    for entry in events:
        match entry.event:
            case CheckMeasured(check, way, step, attempt, outcome, reason, value, limit):
                found[check, step] = CheckState(
                    check, way, step, entry.at, outcome, reason, value, limit, measurements=attempt
                )
            case CheckFinished(check, way, step, verdict, reason, seconds, measurements, decides):
                before = found.get((check, step), CheckState(check, way, step, entry.at))
                # Of a run that ended without a measurement, nothing of an earlier run is left.
                last = before if measurements else CheckState(check, way, step, entry.at)
                found[check, step] = replace(
                    last,
                    at=entry.at,
                    verdict=verdict,
                    reason=reason,
                    measurements=measurements,
                    seconds=seconds,
                    decides=decides,
                )
            case _:
                continue
    return tuple(found.values())


def render_release_checks(report: RunReport) -> str:
    """Return the table, with all but the last checks folded; empty if there are none."""
    found = find_checks(report.events)
    if report.status is Status.PLANNED:
        return _render_planned([state for state in found if state.verdict == _PLANNED])
    states = [state for state in found if state.verdict != _PLANNED]
    if not states:
        return ""
    earlier = states[:-_UNFOLDED][-_ROWS:]
    folded = details_block(f"Earlier checks ({len(states) - _UNFOLDED})", _table(earlier, report)) if earlier else ""
    return "\n".join(part for part in (_table(states[-_UNFOLDED:], report), folded) if part)


def _render_planned(states: Sequence[CheckState]) -> str:
    if not states:
        return ""
    rows = [(_name(state), escape_inline(state.step), escape_inline(_how(state))) for state in states[:_ROWS]]
    table = markdown_table(("Check", "Step", "Would be measured"), rows)
    return f"### Checks\n\n{table}{more_in_log(len(states), _ROWS)}"


def _how(state: CheckState) -> str:
    return state.reason if state.decides else f"{state.reason} (decides nothing)"


def _table(states: Sequence[CheckState], report: RunReport) -> str:
    head = ("Check", "Step", "Verdict", "Last value", "Limit", "Measured", "At (UTC)" if report.started else "At")
    return trimmed_table(head, [_row(state, report) for state in states])


def _row(state: CheckState, report: RunReport) -> Sequence[str]:
    return (
        _name(state),
        escape_inline(state.step),
        _verdict(state),
        escape_inline(state.value),
        escape_inline(state.limit),
        _measured(state),
        report.clock_time(state.at),
    )


def _name(state: CheckState) -> str:
    return f"{escape_inline(state.check)} ({escape_inline(state.way)})"


def _verdict(state: CheckState) -> str:
    if not state.verdict:
        return f"⏳ {escape_inline(f'{state.outcome}: {state.reason}')}"
    mark = _MARKS.get(state.verdict, "⚠️")
    if not state.decides and state.verdict != "passed":
        mark = "⚠️"
    words = state.verdict if state.decides else f"{state.verdict}, which decides nothing"
    return f"{mark} {escape_inline(words if state.verdict == 'passed' else f'{words}: {state.reason}')}"


def _measured(state: CheckState) -> str:
    times = "once" if state.measurements == 1 else f"{state.measurements} times" if state.measurements else "never"
    return times if state.seconds is None else f"{times} in {format_duration(state.seconds)}"
