"""Draws what a comparison saw in each compared minute, of both groups, and when it had its verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spotaction.documents.wording import count_of
from spotaction.github.history import Stamped
from spotaction.github.markdown import escape_inline
from spotaction.github.report import RunReport
from spotaction.github.summary.charts import draw_xy_chart
from spotaction.model.checks import RatePoint
from spotaction.model.events import CheckMeasured

_POINTS = 90  # on a chart that is 900 pixels wide
_CHARTS = 6
_COLORS = "#d0d7de, #218bff, #2da44e"  # the verdict's bar, the old group, the new group
_VERDICTS = ("passed", "failed")


@dataclass(frozen=True)
class _Compared:
    """The last measurement of a comparison at a step, and at how many minutes it first said what it says now."""

    last: CheckMeasured
    decided: int


def comparison_charts(report: RunReport) -> str:
    """Return a chart for each of the last comparisons with two minutes or more; empty without any."""
    found = [each for each in _find_comparisons(report.events) if len(each.last.points) > 1]
    return "\n".join(_draw(each) for each in found[-_CHARTS:])


def _find_comparisons(events: Iterable[Stamped]) -> list[_Compared]:
    found: dict[tuple[str, str], _Compared] = {}
    for entry in events:
        event = entry.event
        if not isinstance(event, CheckMeasured) or not event.points:
            continue
        before = found.get((event.check, event.step))
        kept = before is not None and before.last.outcome == event.outcome and event.attempt > before.last.attempt
        decided = before.decided if before is not None and kept else len(event.points)
        found[event.check, event.step] = _Compared(event, decided)
    return list(found.values())


def _draw(comparison: _Compared) -> str:
    event = comparison.last
    is_latency = event.way.endswith("latency")
    scale, unit, what = (1000, "ms", "Response time") if is_latency else (100, "%", "Failed requests")
    points = event.points[-_POINTS:]
    old, new = [each.old * scale for each in points], [each.new * scale for each in points]
    top = 1.1 * max(*old, *new) or 1.0
    mark = comparison.decided - (len(event.points) - len(points)) if event.outcome in _VERDICTS else 0
    bar = [top if at == mark else 0.0 for at in range(1, len(points) + 1)]
    chart = draw_xy_chart(
        f'"compared minutes, {_span(points)}" 1 --> {len(points)}',
        f'"{what} in {unit}" 0 --> {_number(top)}',
        colors=_COLORS,
        plots=[f"bar [{_join(bar)}]", f"line [{_join(old)}]", f"line [{_join(new)}]"],
    )
    return (
        f"### {what}: {escape_inline(event.check)} in {escape_inline(event.step)}\n\n"
        f"🟩 new group, 🟦 old group{_describe_verdict(event, comparison.decided)}\n\n"
        f"{chart}"
    )


def _describe_verdict(event: CheckMeasured, decided: int) -> str:
    if event.outcome not in _VERDICTS:
        return "; no verdict yet."
    return (
        f"; gray: {event.outcome} after {count_of(decided, 'minute')}, at {event.points[decided - 1].time:%H:%M} UTC."
    )


def _span(points: Sequence[RatePoint]) -> str:
    return f"{points[0].time:%H:%M} to {points[-1].time:%H:%M} UTC"


def _join(values: Iterable[float]) -> str:
    return ", ".join(_number(value) for value in values)


def _number(value: float) -> str:
    """A number as mermaid reads it: without an exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
