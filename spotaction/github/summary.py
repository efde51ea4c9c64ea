"""The step summary in Markdown: the headline first, then reason, next step, facts, routes, steps and events."""

from collections import Counter
from collections.abc import Iterator

from spotaction.github import links
from spotaction.github.headline import headline
from spotaction.github.history import Span, current_wait, manual_actions, step_spans
from spotaction.github.markdown import (
    SUMMARY_BYTES,
    code_span,
    details_block,
    escape_inline,
    fenced_block,
    inline_link,
    markdown_table,
    truncate_markdown,
)
from spotaction.github.messages import MANUAL_ACTION, describe_event, format_duration, step_name
from spotaction.github.report import RunReport
from spotaction.github.report_table import render_table
from spotaction.github.route_table import route_changes
from spotaction.github.text import truncate_text
from spotaction.github.timeline import gantt_chart
from spotaction.model.deployment import Status
from spotaction.model.events import ManualActionNeeded
from spotaction.model.resources import spot_console_url

_ROWS = 200
_EVENTS = 1_000
_LAST = 10
_LINE = 500
_DIFF = 100_000
_DEPLOYED = (Status.DEPLOYED, Status.UNCHANGED)
_OLD_SERVES = (Status.ROLLED_BACK, Status.PLANNED)
_GOOD = (Status.DEPLOYED, Status.UNCHANGED, Status.VALID, Status.PLANNED, Status.RUNNING)
_IN_TABLES = (Status.PLANNED, Status.DRAFTED, Status.DRIFTED)  # without events: the tables have them all


def render_summary(report: RunReport) -> str:
    """Return the summary, cut to GitHub's size limit if it is longer."""
    blocks = [
        f"## {headline(report)}\n",
        _render_reason(report),
        _render_problems(report),
        _render_manual_actions(report),
        _render_next_step(report),
        _render_facts(report),
        _before_after(report),
        _render_routes(report),
        _render_plan(report),
        *(render_table(table) for table in report.tables),
        _render_steps(report),
        _render_instances(report),
        _render_events(report),
    ]
    return truncate_markdown("\n".join(block for block in blocks if block), SUMMARY_BYTES)


def _render_reason(report: RunReport) -> str:
    return f"**Reason:** {escape_inline(report.reason, 2_000)}\n" if report.reason and not report.problems else ""


def _render_problems(report: RunReport) -> str:
    if not report.problems:
        return ""
    rows = [
        (
            code_span(str(problem.place)) if problem.place else "",
            code_span(problem.subject),
            escape_inline(problem.message),
            escape_inline(problem.hint),
        )
        for problem in report.problems[:_ROWS]
    ]
    return markdown_table(("Where", "Field", "Problem", "Fix"), rows) + _more_in_log(len(report.problems), _ROWS)


def _render_manual_actions(report: RunReport) -> str:
    """Manual actions from this run's events, and those that an earlier run left in the record."""
    found = manual_actions(report.events)
    known = tuple(event.what for event in found)
    record = report.deployment.rollback_failures if report.deployment else []
    rows = [(escape_inline(event.what), escape_inline(event.why)) for event in found]
    rows += [(escape_inline(what), "") for what in record if not what.startswith(known)]
    if not rows:
        return ""
    listed = markdown_table(("What", "Why"), rows[:_ROWS]) + _more_in_log(len(rows), _ROWS)
    commands = "".join(_manual_command(event) for event in found[:_ROWS] if event.todo)
    return f"### {MANUAL_ACTION.capitalize()}\n\n{listed}{commands}"


def _manual_command(event: ManualActionNeeded) -> str:
    """A block of its own, uncut: a command that lost a character to Markdown could not be run."""
    return f"\nTo fix ({escape_inline(event.what)}):\n\n{fenced_block(event.todo)}"


def _render_next_step(report: RunReport) -> str:
    return f"**Next:** {escape_inline(report.next_step, 2_000)}\n" if report.next_step else ""


def _render_facts(report: RunReport) -> str:
    rows = list(_fact_rows(report))
    return markdown_table(("", ""), rows) if rows else ""


def _fact_rows(report: RunReport) -> Iterator[tuple[str, str]]:
    deployment = report.deployment
    if deployment is None:
        return
    new, old = deployment.new, deployment.snapshot.old
    group = (old or new) if report.status in _OLD_SERVES else (new or old)
    if group:
        yield "Elastigroup", f"{inline_link(group.name, spot_console_url(group.id))} {code_span(group.id)}"
        url = links.ec2_instances(group.id, report.region)
        known = (inline_link("EC2", url) if url else "", _count_health(report))
        if any(known):
            yield "Instances", ", ".join(part for part in known if part)
    yield "Strategy", escape_inline(deployment.strategy)
    yield (
        "Image",
        f"{inline_link(deployment.image.id, _image_url(report))} {_image_name(report)}",
    )
    if report.seconds:
        yield "Duration", format_duration(report.seconds)
    if report.actor:
        yield "Started by", escape_inline(report.actor)
    if deployment.run.url:
        yield "Run", inline_link(f"{deployment.run.id}, attempt {deployment.run.attempt or '1'}", deployment.run.url)


def _image_name(report: RunReport) -> str:
    return code_span(report.deployment.image.name) if report.deployment else ""


def _count_health(report: RunReport) -> str:
    states = Counter(instance.state.value for instance in report.instances)
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _before_after(report: RunReport) -> str:
    deployment = report.deployment
    if deployment is None or not (deployment.new or deployment.snapshot.old):
        return ""
    old, new = deployment.snapshot.old, deployment.new
    capacity = deployment.capacity or (new.capacity if new else "")
    rows = [
        ("Group", _group_cell(old.name, old.id) if old else "none", _group_cell(new.name, new.id) if new else "none"),
        ("Image", code_span(report.previous_image), code_span(deployment.image.id)),
        ("Capacity (min/target/max)", str(old.capacity) if old else "", str(capacity)),
    ]
    return markdown_table(("", "Before", "Now" if report.status in _DEPLOYED else "Requested"), rows)


def _group_cell(name: str, group: str) -> str:
    return f"{code_span(name)} {code_span(group)}"


def _render_routes(report: RunReport) -> str:
    rows = [
        (escape_inline(each.where), escape_inline(each.before), escape_inline(each.after))
        for each in route_changes(report)[:_ROWS]
    ]
    return (
        markdown_table(("Route", "Before", "Planned" if report.status is Status.PLANNED else "Now"), rows)
        if rows
        else ""
    )


def _render_plan(report: RunReport) -> str:
    numbered = [
        f"{number}. {escape_inline(describe_event(change), _LINE)}\n"
        for number, change in enumerate(report.changes[:_ROWS], start=1)
    ]
    listed = "### Changes\n\n" + "".join(numbered) + _more_in_log(len(report.changes), _ROWS) if numbered else ""
    cut = "\n… (truncated)" if len(report.diff) > _DIFF else ""
    diff = "### Group configuration\n\n" + fenced_block(report.diff[:_DIFF] + cut, "diff") if report.diff else ""
    return "\n".join(part for part in (listed, diff) if part)


def _render_steps(report: RunReport) -> str:
    found = step_spans(report.events)
    if not found or report.status is Status.PLANNED:  # a dry run executes nothing, and its waits take no time
        return ""
    rows = [
        (
            _step_icon(span),
            escape_inline(step_name(span.step, rolling_back=span.rolling_back)),
            *_step_result(span, report),
        )
        for span in found[-_ROWS:]
    ]
    chart = gantt_chart(found, report.events[-1].at)
    return (
        "### Steps\n\n"
        + markdown_table(("", "Step", "Duration", "Detail"), rows)
        + _more_in_log(len(found), _ROWS)
        + ("\n" + chart if chart else "")
    )


def _step_icon(span: Span) -> str:
    if span.error:
        return "❌"
    if span.skipped:
        return "⏭️"
    return "⏳" if span.ended is None else "↩️" if span.rolling_back else "✅"


def _step_result(span: Span, report: RunReport) -> tuple[str, str]:
    if span.ended is None:
        wait = current_wait(report.events)
        return format_duration(report.events[-1].at - span.started), escape_inline(describe_event(wait)) if wait else ""
    return ("" if span.skipped else format_duration(span.ended - span.started)), escape_inline(
        span.error or span.skipped
    )


def _render_instances(report: RunReport) -> str:
    if not report.instances:
        return ""
    rows = [
        (
            code_span(instance.id or ""),
            escape_inline(instance.state.value),
            escape_inline(instance.zone),
            escape_inline(instance.instance_type),
            escape_inline(instance.life_cycle),
            escape_inline(instance.request_status),
        )
        for instance in report.instances[:_ROWS]
    ]
    head = ("Instance", "State", "Zone", "Type", "Life cycle", "Request")
    return details_block(
        f"Instances ({len(report.instances)})", markdown_table(head, rows) + _more_in_log(len(report.instances), _ROWS)
    )


def _render_events(report: RunReport) -> str:
    """All events, folded; if the run did not go well, the last ones are shown above them."""
    if not report.events or report.status in _IN_TABLES:
        return ""
    lines = [
        f"{format_duration(entry.at):>8}  {truncate_text(' '.join(describe_event(entry.event).split()), _LINE)}"
        for entry in report.events[-_EVENTS:]
    ]
    before = len(report.events) - len(lines)
    earlier = [f"… {before} earlier events are in the log"] if before else []
    last = "" if report.status in _GOOD else "### Last events\n\n" + fenced_block("\n".join(lines[-_LAST:])) + "\n"
    return last + details_block(f"Events ({len(report.events)})", fenced_block("\n".join([*earlier, *lines])))


def _more_in_log(count: int, shown: int) -> str:
    return f"\n_{count - shown} more are in the log._\n" if count > shown else ""


def _image_url(report: RunReport) -> str:
    assert report.deployment is not None
    return links.ec2_image(report.deployment.image.id, report.region)
