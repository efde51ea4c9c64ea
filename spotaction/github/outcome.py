"""What a person on call asks of a failed run: what failed, since when, what serves now, and what to do."""

from collections.abc import Iterator, Sequence

from spotaction.documents.wording import format_duration
from spotaction.github.group_states import UNKNOWN, GroupState, find_groups
from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.events import GroupScaled, RouteChanged, StepFinished, WaitFinished, WaitProgress

_FAILED = {
    Status.FAILED: "Failed",
    Status.ROLLED_BACK: "Failed",
    Status.ROLLBACK_INCOMPLETE: "Failed",
    Status.CANCELLED: "Cancelled",
    Status.REFUSED: "Refused",
}
_AT_ONCE = 0.5  # seconds


def describe_outcome(report: RunReport) -> tuple[tuple[str, str], ...]:
    """Return label and text of each fact, as plain text: what and since when only of a run that went wrong."""
    return tuple((label, text) for label, text in _outcome(report) if text)


def describe_failure(report: RunReport) -> tuple[str, ...]:
    """Return the last lines of the log of a run that went wrong: what, since when, what serves now, what to do."""
    if report.status not in _FAILED or report.status is Status.REFUSED or report.problems or _was_requested(report):
        return ()
    return tuple(f"{label}: {text}" for label, text in describe_outcome(report))


def find_first_sign(events: Sequence[Stamped]) -> float | None:
    """Return when the failure showed first, in seconds since the start of the run; None if nothing failed.

    A wait that failed had given its reason before: the first sign is when it gave that reason first.
    """
    for index, entry in enumerate(events):
        if isinstance(entry.event, WaitFinished) and entry.event.failed:
            return _first_told(events[:index], entry.event, entry.at)
        if isinstance(entry.event, StepFinished) and entry.event.error:
            return entry.at
    return None


def find_restored(report: RunReport, sign: float) -> float | None:
    """Return when production was as before after the first sign; None if this run had not changed it, or did not.

    With rules, that is the last write that made one as before; otherwise, when the old group was steady at its
    capacity again and the new one, if it had served, was scaled to 0.
    """
    deployment = report.deployment
    if deployment is None:
        return None
    if deployment.snapshot.routes:
        return _rules_restored(deployment, report.events, sign)
    return _groups_restored(report, deployment, sign)


def _outcome(report: RunReport) -> Iterator[tuple[str, str]]:
    label = "" if report.problems or _was_requested(report) else _FAILED.get(report.status, "")
    yield label or "Reason", "" if report.problems else report.reason
    sign = find_first_sign(report.events) if label else None
    if sign is not None:
        yield "Since", _describe_sign(report, sign)
        yield "Production", _describe_production(report, sign)
    if label and report.status is not Status.REFUSED:
        yield "Serving now", _describe_serving(report)
    yield "Next", report.next_step


def _was_requested(report: RunReport) -> bool:
    return report.operation == "rollback" and report.status is Status.ROLLED_BACK


def _describe_sign(report: RunReport, sign: float) -> str:
    into = "" if report.started is None else f", {format_duration(sign)} into the run"
    return report.describe_moment(sign) + into


def _at(report: RunReport, moment: float) -> str:
    return report.describe_moment(moment) if report.started is None else f"at {report.describe_moment(moment)}"


def _first_told(before: Sequence[Stamped], failed: WaitFinished, at: float) -> float:
    for entry in reversed(before):
        if isinstance(entry.event, WaitFinished) and entry.event.what == failed.what:
            break
        if isinstance(entry.event, WaitProgress) and entry.event.what == failed.what:
            if entry.event.reason not in failed.reason:
                break
            at = entry.at
    return at


def _rules_restored(deployment: Deployment, events: Sequence[Stamped], sign: float) -> float | None:
    before = {pair.prod.label: str(pair.prod.forward) for pair in deployment.snapshot.routes}
    written: dict[str, tuple[str, float]] = {}
    for entry in events:
        if isinstance(entry.event, RouteChanged) and entry.event.where in before:
            written[entry.event.where] = (str(entry.event.after), entry.at)
    if not written or any(forward != before[where] for where, (forward, _) in written.items()):
        return None
    return max(sign, *(at for _, at in written.values()))


def _groups_restored(report: RunReport, deployment: Deployment, sign: float) -> float | None:
    """When the old group was steady at its capacity again, if it had been scaled, and no new instance was left."""
    moments = []
    if _is_scaled(deployment.snapshot.old, report.events):
        moments.append(_old_steady_again(deployment, report.events))
    if _has_served(deployment, report):
        moments.append(_new_emptied(deployment, report.events))
    known = [moment for moment in moments if moment is not None]
    return max(sign, *known) if known and len(known) == len(moments) else None


def _old_steady_again(deployment: Deployment, events: Sequence[Stamped]) -> float | None:
    old, restored, scaled = deployment.snapshot.old, None, False
    for entry in events:
        match entry.event:
            case GroupScaled(group, _, _, after) if old is not None and group == old.id:
                scaled, restored = after.target >= old.capacity.target, None
            case WaitFinished(what, _, _, _, failed) if old is not None and what == f"{old.name} steady":
                restored = entry.at if scaled and not failed and restored is None else restored
            case _:
                continue
    return restored


def _new_emptied(deployment: Deployment, events: Sequence[Stamped]) -> float | None:
    new, emptied = deployment.new, None
    for entry in events:
        if isinstance(entry.event, GroupScaled) and new is not None and entry.event.group == new.id:
            emptied = entry.at if entry.event.after.target == 0 else None
    return emptied


def _is_scaled(group: GroupRef | None, events: Sequence[Stamped]) -> bool:
    scaled = (entry.event.group for entry in events if isinstance(entry.event, GroupScaled))
    return group is not None and group.id in scaled


def _has_served(deployment: Deployment, report: RunReport) -> bool:
    """Whether new instances were healthy: without rules, they then receive requests beside the old ones."""
    samples = report.observations.samples.get(deployment.new.id, ()) if deployment.new is not None else ()
    return not deployment.snapshot.routes and any(sample.healthy for sample in samples)


def _describe_production(report: RunReport, sign: float) -> str:
    restored = find_restored(report, sign)
    if restored is not None:
        after = "immediately" if restored - sign < _AT_ONCE else f"{format_duration(restored - sign)} after that"
        return f"restored {after}, {_at(report, restored)}"
    if report.deployment is None:
        return ""
    return "was changed and is not restored" if _is_changed(report.deployment, report) else "was not changed"


def _is_changed(deployment: Deployment, report: RunReport) -> bool:
    """Whether this run wrote a production rule, scaled the old group, or had new instances beside it."""
    labels = {pair.prod.label for pair in deployment.snapshot.routes}
    written = {entry.event.where for entry in report.events if isinstance(entry.event, RouteChanged)}
    old = deployment.snapshot.old
    return bool(labels & written) or _is_scaled(old, report.events) or _has_served(deployment, report)


def _describe_serving(report: RunReport) -> str:
    deployment = report.deployment
    if deployment is None:
        return ""
    if deployment.lock.lost:
        return "not known here: another run continues this deployment"
    groups = find_groups(report)
    if any(group.share == UNKNOWN for group in groups):
        return "not known: a rule of production could not be read"
    serving = [_describe_group(group, report) for group in groups if group.serves]
    neither = "neither of these groups, by production's rules as last read" if deployment.snapshot.routes else ""
    return "; ".join(serving) or neither


def _describe_group(group: GroupState, report: RunReport) -> str:
    share = f" with {group.share} of the requests" if group.share not in {"", "100%"} else ""
    health = ""
    if group.latest is not None:
        read = f"{group.latest.healthy} of {group.latest.required} healthy"
        health = f", {read} {_at(report, group.latest.until)}"
    image = f", {group.image}" if group.image else ""
    return f"{group.name} ({group.id}{image}){share}{health}"
