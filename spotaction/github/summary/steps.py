"""The steps of a run: a chart of their times, and a table with what the failed, running and skipped ones say."""

from collections.abc import Sequence

from spotaction.documents.wording import format_duration
from spotaction.github.history import Span, current_wait, step_spans
from spotaction.github.markdown import escape_inline, more_in_log, trimmed_table
from spotaction.github.messages import describe_event, step_name
from spotaction.github.report import RunReport
from spotaction.github.summary.gantt import gantt_chart
from spotaction.model.deployment import Status

_ROWS = 200


def render_steps(report: RunReport) -> str:
    """Return chart and table; empty before the first step, and of a plan, whose waits take no time."""
    found = step_spans(report.events)
    if not found or report.status is Status.PLANNED:
        return ""
    numbered = list(enumerate(found, start=1))
    rows = [_row(number, span, report) for number, span in numbered[-_ROWS:]]
    head = ("#", "Step", "Started (UTC)" if report.started else "Started", "Took", "Detail")
    chart = gantt_chart(found, report.events[-1].at)
    return (
        "### Steps\n\n" + (f"{chart}\n" if chart else "") + trimmed_table(head, rows) + more_in_log(len(found), _ROWS)
    )


def _row(number: int, span: Span, report: RunReport) -> Sequence[str]:
    name = escape_inline(step_name(span.step, rolling_back=span.rolling_back))
    started = "" if span.skipped else report.clock_time(span.started)
    return (str(number), f"{_icon(span)} {name}", started, *_result(span, report))


def _icon(span: Span) -> str:
    if span.error:
        return "❌"
    if span.skipped:
        return "⏭️"
    return "⏳" if span.ended is None else "↩️" if span.rolling_back else "✅"


def _result(span: Span, report: RunReport) -> tuple[str, str]:
    if span.ended is None:
        wait = current_wait(report.events)
        return format_duration(report.events[-1].at - span.started), escape_inline(describe_event(wait)) if wait else ""
    took = "" if span.skipped else format_duration(span.ended - span.started)
    return took.replace(" ", "&nbsp;"), escape_inline(span.error or span.skipped)
