"""What is true now, in one table: each group with its AMI, its share of the requests, its capacity and its health."""

from collections.abc import Callable, Sequence

from spotaction.documents.wording import format_duration
from spotaction.github import links
from spotaction.github.group_states import NEW, GroupState, find_groups
from spotaction.github.markdown import code_span, escape_inline, inline_link, trimmed_table
from spotaction.github.report import RunReport
from spotaction.model.deployment import Status
from spotaction.model.resources import spot_console_url

MARKS = {NEW: "🟩", "old": "🟦"}  # the colours of the charts' lines
_OVER = frozenset({Status.DEPLOYED, Status.UNCHANGED})


def render_groups(report: RunReport) -> str:
    """Return a row for each group; a column in which nothing is known is left out."""
    groups = find_groups(report)
    if not groups or (
        report.status is Status.PLANNED and report.operation == "rollback"
    ):  # the record knows only before
        return ""
    rows = [_row(group, report) for group in groups]
    head = ("Group", "AMI", "Requests", "Min/target/max", "Healthy", "Least in service")
    return trimmed_table(head, rows)


def render_run(report: RunReport) -> str:
    """Return one line on the run: strategy, times, who started it, and its link."""
    deployment = report.deployment
    if deployment is None:
        return ""
    parts = [escape_inline(deployment.strategy)]
    if report.status is Status.PLANNED:
        parts[0] += f" of {escape_inline(deployment.image.id)} {code_span(deployment.image.name)}".rstrip()
    if report.started is not None and report.status is not Status.PLANNED:
        end = f" to {report.clock_time(report.seconds)}" if report.seconds else ""
        lasted = f" ({format_duration(report.seconds)})" if report.seconds else ""
        parts.append(f"{report.started:%Y-%m-%d} {report.clock_time(0)}{end} UTC{lasted}")
    elif report.seconds and report.status is not Status.PLANNED:
        parts.append(format_duration(report.seconds))
    if report.actor:
        parts.append(f"started by {escape_inline(report.actor)}")
    if deployment.run.url:
        label = f"run {deployment.run.id}, attempt {deployment.run.attempt or '1'}"
        parts.append(inline_link(label, deployment.run.url))
    return " · ".join(parts) + "\n"


def _row(group: GroupState, report: RunReport) -> Sequence[str]:
    name = inline_link(group.name, spot_console_url(group.id)) if group.deleted is None else escape_inline(group.name)
    cells: tuple[Callable[[GroupState, RunReport], str], ...] = (_image, _share, _capacity, _health, _least)
    return (f"{MARKS[group.role]} {group.role} {name} {code_span(group.id)}", *(cell(group, report) for cell in cells))


def _image(group: GroupState, report: RunReport) -> str:
    link = inline_link(group.image, links.ec2_image(group.image, report.region)) if group.image else ""
    return f"{link} {code_span(group.image_name) if group.image_name else ''}".strip()


def _share(group: GroupState, _report: RunReport) -> str:
    return escape_inline(group.share)


def _capacity(group: GroupState, report: RunReport) -> str:
    if group.deleted is not None:
        return f"deleted at {report.clock_time(group.deleted)}"
    return str(group.capacity) if group.capacity is not None else ""


def _health(group: GroupState, report: RunReport) -> str:
    if group.deleted is not None or (group.capacity and group.capacity.target == 0):
        return ""
    if group.latest is None:
        return "not read" if report.observations.samples else ""
    url = links.ec2_instances(group.id, report.region)
    read = f"{group.latest.healthy} of {group.latest.required}"
    return f"{inline_link(read, url)} at {report.clock_time(group.latest.until)}"


def _least(group: GroupState, _report: RunReport) -> str:
    return f"{group.least.healthy} of {group.least.required} required" if group.least is not None else ""
