"""What is folded at the end of a summary: the new group's instances, and every event with its time."""

from itertools import groupby

from spotaction.documents.wording import count_of, is_or_are
from spotaction.github.markdown import code_span, details_block, escape_inline, fenced_block, more_in_log, trimmed_table
from spotaction.github.messages import describe_event
from spotaction.github.report import RunReport
from spotaction.github.text import truncate_text
from spotaction.model.deployment import Status

_ROWS = 200
_EVENTS = 1_000
_LINE = 500
_IN_TABLES = (Status.PLANNED, Status.DRAFTED, Status.DRIFTED, Status.LISTED)  # without events: the tables have them all


def render_instances(report: RunReport) -> str:
    """Return the new group's instances, folded; a column in which nothing is known is left out."""
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
    table = trimmed_table(head, rows) + more_in_log(len(report.instances), _ROWS)
    return details_block(f"Instances ({len(report.instances)})", table)


def render_events(report: RunReport) -> str:
    """Return the last events, folded; lines that are the same one after the other appear once, counted."""
    if not report.events or report.status in _IN_TABLES:
        return ""
    shown = report.events[-_EVENTS:]
    left = len(report.events) - len(shown)
    lines = [(entry.at, truncate_text(" ".join(describe_event(entry.event).split()), _LINE)) for entry in shown]
    listed = [f"… {count_of(left, 'earlier event')} {is_or_are(left)} in the log"] if left else []
    for text, same in groupby(lines, key=lambda line: line[1]):
        times = [at for at, _ in same]
        count = f" ({len(times)} times)" if len(times) > 1 else ""
        listed.append(f"{report.clock_time(times[0]):>8}  {text}{count}")
    title = f"Events ({len(report.events)}{', times in UTC' if report.started else ''})"
    return details_block(title, fenced_block("\n".join(listed)))
