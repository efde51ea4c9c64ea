"""Draws how many instances were healthy over time, and production's share of the new group during a shift (mermaid)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from spotaction.github.group_states import NEW, OLD
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.events import Event, GroupCreated, GroupDeleted, GroupScaled, RouteChanged
from spotaction.model.observations import HealthSample
from spotaction.model.resources import GroupId

_POINTS = 91  # on a chart that is 900 pixels wide
_SEVEN_TICKS = 7.2
_SHORTEST = 5.0  # seconds; before that there is nothing to see
_BOTH = "both"
_COLORS = {
    NEW: "#2da44e",
    OLD: "#218bff",
    _BOTH: "#8c959f",
}  # readable on a light and on a dark page, and as the marks of the table
_UNITS = ((2 * 3600.0, 3600.0, "hours"), (120.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))

Steps = list[tuple[float, float]]  # from when on a value holds, in order of time


@dataclass(frozen=True)
class _Line:
    role: str
    steps: Steps


def health_chart(report: RunReport) -> str:
    """Return the chart of healthy instances: a line for each group, and their sum; empty if no group was read."""
    deployment = report.deployment
    if deployment is None or report.status is Status.PLANNED or report.seconds < _SHORTEST:
        return ""
    new, old = deployment.new, deployment.snapshot.old
    lines = []
    if old is not None:
        lines.append(_Line(OLD, _healthy_steps(old.id, _first_value(old, OLD, report), report)))
    if new is not None:
        lines.append(_Line(NEW, _healthy_steps(new.id, _first_value(new, NEW, report), report)))
    drawn = [line for line in lines if line.steps]
    if len(drawn) > 1:
        drawn.insert(0, _Line(_BOTH, _add_up([line.steps for line in drawn])))
    if not any(group in report.observations.samples for group in (new and new.id, old and old.id)):
        return ""
    unit = "Healthy instances"
    highest = max(value for line in drawn for _, value in line.steps)
    return _xy_chart(drawn, report.seconds, unit, _axis_end(highest))


def weight_chart(report: RunReport) -> str:
    """Return the chart of the new group's share of production's requests; empty unless it was shifted in parts."""
    deployment = report.deployment
    if deployment is None or report.status is Status.PLANNED or report.seconds < _SHORTEST:
        return ""
    steps = _share_steps(deployment, report)
    if not any(0 < share < 100 for _, share in steps):  # noqa: PLR2004 - percent
        return ""
    return _xy_chart([_Line(NEW, steps)], report.seconds, "Requests in %", 104.0)


def _first_value(group: GroupRef, role: str, report: RunReport) -> float | None:
    """What a group's line starts with: 0 if this run created it, its target if this run replaces it, or what was seen.

    None if nothing is known.
    """
    scaled = [entry for entry in report.events if _changes_capacity(entry.event, group.id)]
    if scaled and isinstance(scaled[0].event, GroupCreated):
        return 0.0
    before = [
        (entry.at, float(entry.event.before.target)) for entry in scaled[:1] if isinstance(entry.event, GroupScaled)
    ]
    if role == OLD and report.operation == "deploy":
        return before[0][1] if before else float(group.capacity.target)
    seen = [(sample.at, float(sample.healthy)) for sample in report.observations.samples.get(group.id, ())[:1]]
    return min([*before, *seen])[1] if before or seen else None


def _changes_capacity(event: Event, group: GroupId) -> bool:
    return isinstance(event, GroupCreated | GroupScaled) and event.group == group


def _healthy_steps(group: GroupId, first: float | None, report: RunReport) -> Steps:
    """Each read, and less at once where instances are removed: they drain, and no longer count."""
    if first is None:
        return []
    changes: list[tuple[float, HealthSample | float]] = [
        (sample.at, sample) for sample in report.observations.samples.get(group, ())
    ]
    for entry in report.events:
        match entry.event:
            case GroupScaled(scaled, _, before, after) if scaled == group and after.target < before.target:
                changes.append((entry.at, float(after.target)))
            case GroupDeleted(deleted) if deleted == group:
                changes.append((entry.at, 0.0))
            case _:
                continue
    steps: Steps = [(0.0, first)]
    for at, change in sorted(changes, key=lambda pair: pair[0]):
        value = float(change.healthy) if isinstance(change, HealthSample) else min(steps[-1][1], change)
        steps.append((at, value))
    return steps


def _add_up(lines: Sequence[Steps]) -> Steps:
    """The sum of all lines from each moment on at which one of them changes."""
    moments = sorted({at for steps in lines for at, _ in steps})
    return [(moment, sum(_value_at(steps, moment) for steps in lines)) for moment in moments]


def _value_at(steps: Steps, moment: float) -> float:
    return steps[bisect_right(steps, (moment, inf)) - 1][1]


def _share_steps(deployment: Deployment, report: RunReport) -> Steps:
    """The share of the first production rule: the steps of a shift write all of them alike."""
    if not deployment.snapshot.routes:
        return []
    pair = deployment.snapshot.routes[0]
    steps: Steps = [(0.0, 100 * pair.prod.forward.share_of(pair.green))]
    for entry in report.events:
        if isinstance(entry.event, RouteChanged) and entry.event.where == pair.prod.label:
            if len(steps) == 1:
                steps = [(0.0, 100 * entry.event.before.share_of(pair.green))]
            steps.append((entry.at, 100 * entry.event.after.share_of(pair.green)))
    return steps


def _xy_chart(lines: Sequence[_Line], seconds: float, title: str, top: float) -> str:
    unit, name = next((unit, name) for least, unit, name in _UNITS if seconds >= least)
    return draw_xy_chart(
        f'"{name} since the start" 0 --> {_number(seconds / unit)}',
        f'"{title}" 0 --> {_number(top)}',
        colors=", ".join(_COLORS[line.role] for line in lines),
        plots=[f"line [{', '.join(_values(line.steps, seconds))}]" for line in lines],
    )


def draw_xy_chart(x_axis: str, y_axis: str, *, colors: str, plots: Sequence[str]) -> str:
    """Return a chart in Mermaid: each axis as `"title" FROM --> TO`, and lines or bars in the order of the colors."""
    drawn = "".join(f"    {plot}\n" for plot in plots)
    return (
        "```mermaid\n"
        "---\n"
        "config:\n"
        "  xyChart:\n"
        "    width: 900\n"
        "    height: 300\n"
        "  themeVariables:\n"
        "    xyChart:\n"
        "      backgroundColor: transparent\n"
        f'      plotColorPalette: "{colors}"\n'
        "---\n"
        "xychart-beta\n"
        f"    x-axis {x_axis}\n"
        f"    y-axis {y_axis}\n"
        f"{drawn}"
        "```\n"
    )


def _values(steps: Steps, seconds: float) -> list[str]:
    """The value at each of the chart's points, which are at the same distance from each other."""
    ends = [at for at, _ in steps[1:]] + [inf]
    values, index = [], 0
    for point in range(_POINTS):
        at = seconds * point / (_POINTS - 1)
        while ends[index] <= at:
            index += 1
        values.append(_number(steps[index][1]))
    return values


def _axis_end(highest: float) -> float:
    """Some room above the highest line and its label, and at least seven ticks: fewer would get halves in between."""
    return max(_SEVEN_TICKS, highest * 1.1)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
