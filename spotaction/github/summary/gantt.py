"""Draws the steps of a run as a Mermaid Gantt chart, which GitHub renders."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from spotaction.github.history import Span
from spotaction.github.text import truncate_text

_TASKS = 60
_LABEL = 60
_HOUR = 3_600.0
_CONFIG = (
    "---",
    "config:",
    "  gantt:",
    "    barHeight: 26",
    "    barGap: 6",
    "    fontSize: 14",
    "    sectionFontSize: 14",
    "    leftPadding: 90",
    "---",
)
# Mermaid has no elapsed time, so every chart starts at midnight of a day without a change to or from summer time.
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001 - drawn in the reader's own time zone, whichever that is


def gantt_chart(spans: Sequence[Span], now: float) -> str:
    """Return a chart of the last steps; a running one is drawn up to `now`. Empty if no step has started."""
    numbered = list(enumerate(spans, start=1))
    drawn = [(number, span) for number, span in numbered if not span.skipped][-_TASKS:]
    if not drawn:
        return ""
    axis = "%H:%M:%S" if now >= _HOUR else "%M:%S"
    lines = [*_CONFIG, "gantt", "    dateFormat YYYY-MM-DD HH:mm:ss", f"    axisFormat {axis}"]
    for rolling_back, section in ((False, "Deploy"), (True, "Rollback")):
        tasks = [_gantt_task(number, span, now) for number, span in drawn if span.rolling_back is rolling_back]
        lines += [f"    section {section}", *tasks] if tasks else []
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def _gantt_task(number: int, span: Span, now: float) -> str:
    started = (_MIDNIGHT + timedelta(seconds=round(span.started))).isoformat(sep=" ")
    seconds = max(1, round((now if span.ended is None else span.ended) - span.started))
    state = "crit, " if span.error else "active, " if span.ended is None else "done, "
    return f"    {_gantt_label(number, span.step)} :{state}{started}, {seconds}s"


def _gantt_label(number: int, step: str) -> str:
    """Letters that have no meaning in Mermaid: it splits at `:` `,` `;` `#`, and a label may not start with a keyword.

    The number is that of the step in the table.
    """
    label = " ".join(re.sub(r"[^\w %().-]", " ", truncate_text(step, _LABEL)).replace("%%", "%").split())
    return f"{number} {label}".rstrip()
