"""The step summary: the verdict first, then what a person asks next."""

from collections import Counter
from collections.abc import Iterator

from spotaction.deployment import Status
from spotaction.events import LeftUndone
from spotaction.workflow import links
from spotaction.workflow.history import Span, left_undone, spans, waiting
from spotaction.workflow.markdown import code, details, fence, fit, link, table, words
from spotaction.workflow.plain import shorten
from spotaction.workflow.report import Report
from spotaction.workflow.route_table import route_changes
from spotaction.workflow.telling import human, step_name, tell
from spotaction.workflow.timeline import gantt
from spotaction.workflow.verdict import verdict

SUMMARY_BYTES = 1_000_000
_ROWS = 200
_EVENTS = 1_000
_LAST = 10
_LINE = 500
_DIFF = 100_000
_ARRIVED = (Status.DEPLOYED, Status.UNCHANGED)
_OLD_SERVES = (Status.ROLLED_BACK, Status.PLANNED)
_GOOD = (Status.DEPLOYED, Status.UNCHANGED, Status.VALID, Status.PLANNED, Status.RUNNING)


def render(report: Report) -> str:
    """The summary in Markdown, below GitHub's limit whatever the report holds."""
    blocks = [
        f"## {verdict(report)}\n",
        _reason(report),
        _problems(report),
        _undone(report),
        _next(report),
        _facts(report),
        _before_after(report),
        _routes(report),
        _plan(report),
        _steps(report),
        _instances(report),
        _events(report),
    ]
    return fit("\n".join(block for block in blocks if block), SUMMARY_BYTES)


def _reason(report: Report) -> str:
    return f"**Reason:** {words(report.reason, 2_000)}\n" if report.reason and not report.problems else ""


def _problems(report: Report) -> str:
    if not report.problems:
        return ""
    rows = [
        (
            code(str(problem.place)) if problem.place else "",
            code(problem.subject),
            words(problem.message),
            words(problem.hint),
        )
        for problem in report.problems[:_ROWS]
    ]
    return table(("Where", "What", "Problem", "Way out"), rows) + _more(len(report.problems), _ROWS)


def _undone(report: Report) -> str:
    """What is still to be done by hand, from the events and from the record of an earlier run."""
    found = left_undone(report.events)
    known = tuple(event.what for event in found)
    record = report.deployment.undone if report.deployment else []
    rows = [(words(event.what), words(event.why)) for event in found]
    rows += [(words(what), "") for what in record if not what.startswith(known)]
    if not rows:
        return ""
    listed = table(("What", "Why"), rows[:_ROWS]) + _more(len(rows), _ROWS)
    by_hand = "".join(_by_hand(event) for event in found[:_ROWS] if event.todo)
    return f"### Left undone\n\n{listed}{by_hand}"


def _by_hand(event: LeftUndone) -> str:
    """A command that is cut short, or loses a sign to Markdown, cannot be run."""
    return f"\nBy hand, as {words(event.what)}:\n\n{fence(event.todo)}"


def _next(report: Report) -> str:
    said = f"**Next:** {words(report.next_step, 2_000)}\n" if report.next_step else ""
    return said + ("\n" if said else "") + fence(report.command) if report.command else said


def _facts(report: Report) -> str:
    rows = list(_fact_rows(report))
    return table(("", ""), rows) if rows else ""


def _fact_rows(report: Report) -> Iterator[tuple[str, str]]:
    deployment = report.deployment
    if deployment is None:
        return
    new, old = deployment.new, deployment.snapshot.old
    group = (old or new) if report.status in _OLD_SERVES else (new or old)
    if group:
        yield "Elastigroup", f"{link(group.name, links.spot_group(group.id))} {code(group.id)}"
        url = links.ec2_instances(group.id, report.region)
        known = (link("EC2", url) if url else "", _health(report))
        if any(known):
            yield "Instances", ", ".join(part for part in known if part)
    yield "Strategy", words(deployment.strategy)
    yield "Image", f"{link(deployment.image.id, links.ec2_image(deployment.image.id, report.region))} {_named(report)}"
    if report.seconds:
        yield "Duration", human(report.seconds)
    if report.actor:
        yield "Started by", words(report.actor)
    if deployment.run.url:
        yield "Run", link(f"{deployment.run.id}, attempt {deployment.run.attempt or '1'}", deployment.run.url)


def _named(report: Report) -> str:
    return code(report.deployment.image.name) if report.deployment else ""


def _health(report: Report) -> str:
    states = Counter(instance.state.value for instance in report.instances)
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _before_after(report: Report) -> str:
    deployment = report.deployment
    if deployment is None or not (deployment.new or deployment.snapshot.old):
        return ""
    old, new = deployment.snapshot.old, deployment.new
    capacity = deployment.capacity or (new.capacity if new else "")
    rows = [
        ("Group", _group(old.name, old.id) if old else "none", _group(new.name, new.id) if new else "none"),
        ("Image", code(report.previous_image), code(deployment.image.id)),
        ("Capacity (min/target/max)", str(old.capacity) if old else "", str(capacity)),
    ]
    return table(("", "Before", "Now" if report.status in _ARRIVED else "Wanted"), rows)


def _group(name: str, group: str) -> str:
    return f"{code(name)} {code(group)}"


def _routes(report: Report) -> str:
    rows = [(words(each.where), words(each.before), words(each.after)) for each in route_changes(report)[:_ROWS]]
    return table(("Route", "Before", "Planned" if report.status is Status.PLANNED else "Now"), rows) if rows else ""


def _plan(report: Report) -> str:
    numbered = [
        f"{number}. {words(tell(change), _LINE)}\n" for number, change in enumerate(report.changes[:_ROWS], start=1)
    ]
    listed = "### Changes\n\n" + "".join(numbered) + _more(len(report.changes), _ROWS) if numbered else ""
    cut = "\n… the diff is longer than this" if len(report.diff) > _DIFF else ""
    diff = "### Group configuration\n\n" + fence(report.diff[:_DIFF] + cut, "diff") if report.diff else ""
    return "\n".join(part for part in (listed, diff) if part)


def _steps(report: Report) -> str:
    found = spans(report.events)
    if not found or report.status is Status.PLANNED:  # nothing happened in a rehearsal, and nothing took time
        return ""
    rows = [
        (_mark(span), words(step_name(span.step, rolling_back=span.rolling_back)), *_result(span, report))
        for span in found[-_ROWS:]
    ]
    chart = gantt(found, report.events[-1].at)
    return (
        "### Steps\n\n"
        + table(("", "Step", "Took", "Detail"), rows)
        + _more(len(found), _ROWS)
        + ("\n" + chart if chart else "")
    )


def _mark(span: Span) -> str:
    if span.error:
        return "❌"
    if span.skipped:
        return "⏭️"
    return "⏳" if span.ended is None else "↩️" if span.rolling_back else "✅"


def _result(span: Span, report: Report) -> tuple[str, str]:
    if span.ended is None:
        wait = waiting(report.events)
        return human(report.events[-1].at - span.begun), words(tell(wait)) if wait else ""
    return ("" if span.skipped else human(span.ended - span.begun)), words(span.error or span.skipped)


def _instances(report: Report) -> str:
    if not report.instances:
        return ""
    rows = [
        (
            code(instance.id or ""),
            words(instance.state.value),
            words(instance.zone),
            words(instance.instance_type),
            words(instance.life_cycle),
            words(instance.request_status),
        )
        for instance in report.instances[:_ROWS]
    ]
    head = ("Instance", "State", "Zone", "Type", "Life cycle", "Request")
    return details(f"Instances ({len(report.instances)})", table(head, rows) + _more(len(report.instances), _ROWS))


def _events(report: Report) -> str:
    """All events behind a click; where a run did not go well the last ones stand open."""
    if not report.events or report.status is Status.PLANNED:
        return ""
    lines = [
        f"{human(entry.at):>8}  {shorten(' '.join(tell(entry.event).split()), _LINE)}"
        for entry in report.events[-_EVENTS:]
    ]
    before = len(report.events) - len(lines)
    earlier = [f"… {before} earlier events are in the log"] if before else []
    last = "" if report.status in _GOOD else "### Last events\n\n" + fence("\n".join(lines[-_LAST:])) + "\n"
    return last + details(f"Events ({len(report.events)})", fence("\n".join([*earlier, *lines])))


def _more(count: int, shown: int) -> str:
    return f"\n_{count - shown} more are in the log._\n" if count > shown else ""
