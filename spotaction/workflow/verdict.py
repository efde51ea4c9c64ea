"""How it went, for whom, with what: the first line of a summary and the last of a log."""

from collections.abc import Callable

from spotaction.deployment import Status
from spotaction.workflow.history import spans
from spotaction.workflow.markdown import words
from spotaction.workflow.report import Report
from spotaction.workflow.telling import human

_LONGEST = 500
MARKS = {
    Status.RUNNING: "⏳",
    Status.DEPLOYED: "✅",
    Status.UNCHANGED: "✅",
    Status.STOPPED: "⏸️",
    Status.ROLLED_BACK: "↩️",
    Status.ROLLBACK_INCOMPLETE: "❌",
    Status.FAILED: "❌",
    Status.REFUSED: "⛔",
    Status.CANCELLED: "🛑",
    Status.PLANNED: "📝",
    Status.VALID: "✅",
    Status.INVALID: "❌",
}


def verdict(report: Report) -> str:
    """One line of Markdown, without the heading's marks."""
    return f"{MARKS[report.status]} {words(sentence(report), _LONGEST)}"


def sentence(report: Report) -> str:
    """The same in plain words, for the end of the log."""
    return f"{report.title}: {SENTENCES[report.status](report)}"


def _rolled_back(report: Report) -> str:
    old = report.deployment.snapshot.old if report.deployment else None
    serves = f", {old.name} serves" if old else ""
    if report.operation == "rollback":
        return f"rolled back{_took(report)}{serves}"
    return f"{_image(report)} failed and was rolled back{_took(report)}{serves}"


def _unchanged(report: Report) -> str:
    if report.operation == "rollback":
        return "there was nothing to roll back, nothing was changed"
    runs = f"{_image(report)} runs already, " if report.deployment else ""
    return f"{runs}nothing was changed"


def _image(report: Report) -> str:
    return report.deployment.image.id if report.deployment else "the image"


def _undertaking(report: Report) -> str:
    if report.deployment is None:
        return report.operation
    return f"{'rollback' if report.operation == 'rollback' else 'deployment'} of {_image(report)}"


def _strategy(report: Report) -> str:
    return f" ({report.deployment.strategy})" if report.deployment else ""


def _took(report: Report) -> str:
    return f" in {human(report.seconds)}" if report.seconds else ""


def _half_way(report: Report) -> str:
    """A deployment that failed and was not rolled back waits for a person; one that never created a group does not."""
    found = report.deployment
    if found is not None and found.lock.lost:
        return ": it yielded to another run"
    left = found is not None and found.status is Status.FAILED and found.new is not None
    return ", left half-way: waiting for continue or rollback" if left else ""


def _at(report: Report) -> str:
    return f" at {report.until}" if report.until else ""


def _step(report: Report) -> str:
    running = [span.step for span in spans(report.events) if span.ended is None]
    return f": {running[-1]}" if running else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number or 'no'} {what}s"


SENTENCES: dict[Status, Callable[[Report], str]] = {
    Status.RUNNING: lambda report: f"{_image(report)} is being deployed{_strategy(report)}{_step(report)}",
    Status.DEPLOYED: lambda report: f"{_image(report)} deployed{_strategy(report)}{_took(report)}",
    Status.UNCHANGED: _unchanged,
    Status.STOPPED: lambda report: f"{_image(report)} stopped{_at(report)}, waiting for continue or rollback",
    Status.ROLLED_BACK: _rolled_back,
    Status.ROLLBACK_INCOMPLETE: lambda report: f"rollback of {_image(report)} is incomplete, something is left to do",
    Status.FAILED: lambda report: (
        f"deployment of {_image(report)} failed{_strategy(report)}{_took(report)}{_half_way(report)}"
    ),
    Status.REFUSED: lambda report: f"{report.operation} refused, nothing was changed",
    Status.CANCELLED: lambda report: f"{_undertaking(report)} was cancelled{_took(report)}",
    Status.PLANNED: lambda report: f"{_count(len(report.changes), 'change')} planned, nothing was changed",
    Status.VALID: lambda _: "inputs and documents are valid",
    Status.INVALID: lambda report: f"{_count(len(report.problems), 'problem')} found, nothing was changed",
}
