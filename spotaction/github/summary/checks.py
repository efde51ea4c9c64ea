"""What was checked besides the groups' health: the release's checks, alarms, production's rules, and each bake."""

from collections.abc import Iterator, Sequence

from spotaction.documents.wording import format_duration
from spotaction.github.markdown import details_block, escape_inline, markdown_table
from spotaction.github.messages import step_name
from spotaction.github.report import RunReport
from spotaction.github.summary.release_checks import render_release_checks
from spotaction.model.deployment import Status
from spotaction.model.events import StepStarted, WaitFinished
from spotaction.model.observations import AlarmSample

_BAKE = "bake of "
_RULES = "production's rules"
_UNFOLDED = 12  # bakes; a deployment may have a hundred
_ROWS = 200
_ALARM_MARKS = {"OK": "✅", "ALARM": "❌"}

Row = tuple[str, str, str]


def render_checks(report: RunReport) -> str:
    """Return the checks of the release, and a table of alarms, rules and the last bakes; earlier ones are folded.

    Of a plan it is only which checks would run.
    """
    of_release = render_release_checks(report)
    if report.status is Status.PLANNED:
        return of_release
    alarms = [_alarm_row(alarm, report) for alarm in list(report.observations.alarms.values())[:_ROWS]]
    bakes = list(_bake_rows(report))
    rows = [*alarms, *list(_rule_rows(report))[-1:], *bakes[-_UNFOLDED:]]
    if not rows and not of_release:
        return ""
    earlier = bakes[:-_UNFOLDED][-_ROWS:]
    folded = details_block(f"Earlier bakes ({len(bakes) - _UNFOLDED})", _table(earlier, report)) if earlier else ""
    parts = (of_release, _table(rows, report) if rows else "", folded)
    return "### Checks\n\n" + "\n".join(part for part in parts if part)


def _table(rows: Sequence[Row], report: RunReport) -> str:
    return markdown_table(("Check", "Result", "At (UTC)" if report.started else "At"), rows)


def _alarm_row(alarm: AlarmSample, report: RunReport) -> Row:
    mark = _ALARM_MARKS.get(alarm.state, "⚠️")
    reason = f": {alarm.reason}" if alarm.state != "OK" and alarm.reason else ""
    since = f" since {report.clock_time(alarm.fired)}" if alarm.fired is not None else ""
    result = escape_inline(f"{alarm.state}{since}{reason}")
    return f"{mark} alarm {escape_inline(alarm.name)}", result, report.clock_time(alarm.at)


def _rule_rows(report: RunReport) -> Iterator[Row]:
    for entry in report.events:
        if isinstance(entry.event, WaitFinished) and entry.event.what == _RULES:
            mark = "❌" if entry.event.failed else "✅"
            yield f"{mark} {_RULES}", escape_inline(entry.event.reason), report.clock_time(entry.at)


def _bake_rows(report: RunReport) -> Iterator[Row]:
    step = ""
    for entry in report.events:
        match entry.event:
            case StepStarted(name, rolling_back):
                step = step_name(name, rolling_back=rolling_back)
            case WaitFinished(what, reason, seconds, _, failed) if what.startswith(_BAKE):
                mark = "❌" if failed else "✅"
                result = f"{format_duration(seconds)}, {reason}"
                yield (
                    f"{mark} {escape_inline(what)} ({escape_inline(step)})",
                    escape_inline(result),
                    report.clock_time(entry.at),
                )
            case _:
                continue
