"""The step summary in Markdown: the headline, what a person on call asks first, what is true now, then how it went."""

from collections.abc import Iterator

from spotaction.github.headline import headline
from spotaction.github.markdown import SUMMARY_BYTES, escape_inline, more_in_log, trimmed_table, truncate_markdown
from spotaction.github.outcome import describe_outcome
from spotaction.github.report import RunReport
from spotaction.github.report_table import render_table
from spotaction.github.summary.charts import health_chart, weight_chart
from spotaction.github.summary.checks import render_checks
from spotaction.github.summary.details import render_events, render_instances
from spotaction.github.summary.facts import render_groups, render_run
from spotaction.github.summary.manual import render_manual_actions
from spotaction.github.summary.plan import render_plan
from spotaction.github.summary.problems import render_problems
from spotaction.github.summary.route_table import route_changes
from spotaction.github.summary.steps import render_steps
from spotaction.model.deployment import Status
from spotaction.model.events import CheckMeasured

_ROWS = 200
_TEXT = 2_000


def render_summary(report: RunReport) -> str:
    """Return the summary, cut to GitHub's size limit if it is longer."""
    return truncate_markdown("\n".join(block for block in _blocks(report) if block), SUMMARY_BYTES)


def _blocks(report: RunReport) -> Iterator[str]:
    yield f"## {headline(report)}\n"
    yield _render_outcome(report)
    yield render_problems(report.problems)
    yield render_manual_actions(report)
    yield render_groups(report)
    yield _render_routes(report)
    yield render_run(report)
    yield render_plan(report)
    yield from (render_table(table) for table in report.tables)
    yield _render_charts(report)
    yield from _render_comparisons(report)
    yield render_checks(report)
    yield render_steps(report)
    yield render_instances(report)
    yield render_events(report)


def _render_comparisons(report: RunReport) -> Iterator[str]:
    if any(isinstance(entry.event, CheckMeasured) for entry in report.events):
        from spotaction.github.summary.comparison_charts import comparison_charts  # noqa: PLC0415 - few compare

        yield comparison_charts(report)


def _render_outcome(report: RunReport) -> str:
    facts = describe_outcome(report)
    return "".join(f"- **{label}:** {escape_inline(text, _TEXT)}\n" for label, text in facts)


def _render_routes(report: RunReport) -> str:
    changes = route_changes(report)
    rows = [
        (escape_inline(each.where), escape_inline(each.before), escape_inline(each.after)) for each in changes[:_ROWS]
    ]
    head = ("Route", "Before", "Planned" if report.status is Status.PLANNED else "Now")
    return trimmed_table(head, rows) + more_in_log(len(changes), _ROWS) if rows else ""


def _render_charts(report: RunReport) -> str:
    health, weight = health_chart(report), weight_chart(report)
    if not health and not weight:
        return ""
    drawn = "🟩 new group, 🟦 old group, gray: both. Where a group was not read, its target is drawn.\n"
    parts = ("### Healthy instances\n", drawn, health) if health else ()
    shares = ("### Share of the requests to the new group\n", weight) if weight else ()
    return "\n".join((*parts, *shares))
