"""The steps of a deployment as a Mermaid chart that GitHub draws."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from spotaction.github.history import Span
from spotaction.github.text import truncate_text

_TASKS = 60
_LABEL = 60
# Mermaid knows no elapsed time, so that every deployment begins at midnight of a day without a change of clocks.
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001 - drawn in the reader's own time zone, whichever that is


def gantt_chart(spans: Sequence[Span], now: float) -> str:
    """A chart of the last steps, from their begins to their ends (or `now`); empty when there is nothing to draw."""
    drawn = [span for span in spans if not span.skipped][-_TASKS:]
    if not drawn:
        return ""
    lines = ["gantt", "    dateFormat YYYY-MM-DD HH:mm:ss", "    axisFormat %H:%M:%S"]
    for rolling_back, section in ((False, "Deploy"), (True, "Rollback")):
        tasks = [_gantt_task(span, now) for span in drawn if span.rolling_back is rolling_back]
        lines += [f"    section {section}", *tasks] if tasks else []
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def _gantt_task(span: Span, now: float) -> str:
    begun = (_MIDNIGHT + timedelta(seconds=round(span.begun))).isoformat(sep=" ")
    seconds = max(1, round((now if span.ended is None else span.ended) - span.begun))
    state = "crit, " if span.error else "active, " if span.ended is None else "done, "
    return f"    {_gantt_label(span.step)} :{state}{begun}, {seconds}s"


def _gantt_label(step: str) -> str:
    """Only what means nothing to Mermaid: it splits on `:` `,` `;` `#` and knows more words than it documents."""
    label = " ".join(re.sub(r"[^\w %().-]", " ", truncate_text(step, _LABEL)).replace("%%", "%").split())
    return f"Step {label}" if label else "Step"
