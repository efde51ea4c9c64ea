"""The headline of a run, how it ended and for which app: first line of the summary, last line of the log."""

from collections.abc import Callable

from spotaction.documents.wording import count_of, format_duration
from spotaction.github.history import step_spans
from spotaction.github.markdown import escape_inline
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, Status

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
    Status.DRAFTED: "📝",
    Status.DRIFTED: "⚠️",
    Status.LISTED: "📜",
}


def headline(report: RunReport) -> str:
    """Return the headline as one line of Markdown with a symbol, without the `##` of a heading."""
    return f"{MARKS[report.status]} {escape_inline(headline_text(report), _LONGEST)}"


def headline_text(report: RunReport) -> str:
    """Return the headline as plain text, for the log and GitHub deployments."""
    return f"{report.title}: {SENTENCES[report.status](report)}"


def _rolled_back(report: RunReport) -> str:
    serving = _serving_suffix(report.deployment)
    if report.operation == "rollback":
        return f"rolled back{_duration_suffix(report)}{serving}"
    return f"{_image_id(report)} failed and was rolled back{_duration_suffix(report)}{serving}"


def _serving_suffix(deployment: Deployment | None) -> str:
    """Which group serves is known only where the rollback restored it: otherwise another run may have replaced it."""
    old = deployment.snapshot.old if deployment else None
    if deployment is None or old is None:
        return ""
    return f"; {old.name} is serving" if deployment.gate_passed_by else "; production was not changed"


def _unchanged_text(report: RunReport) -> str:
    if report.operation == "rollback":
        return "nothing to roll back; nothing was changed"
    if report.operation == "drift":
        return "the live group matches the documents"
    if report.operation == "init":
        return f"{_count_of(_rows(report), 'file')} exist already as drafted; nothing was written"
    running = f"{_image_id(report)} is already deployed; " if report.deployment else ""
    return f"{running}nothing was changed"


def _image_id(report: RunReport) -> str:
    return report.deployment.image.id if report.deployment else "the image"


def _describe_operation(report: RunReport) -> str:
    if report.deployment is None:
        return report.operation
    return f"{'rollback' if report.operation == 'rollback' else 'deployment'} of {_image_id(report)}"


def _failed_operation(report: RunReport) -> str:
    """What failed: a deployment, or an operation that has none, such as a plan or a draft."""
    none = report.deployment is None or report.operation in {"init", "drift", "plan"}
    return report.operation if none else f"deployment of {_image_id(report)}"


def _strategy_suffix(report: RunReport) -> str:
    return f" ({report.deployment.strategy})" if report.deployment else ""


def _duration_suffix(report: RunReport, word: str = "in") -> str:
    return f" {word} {format_duration(report.seconds)}" if report.seconds else ""


def _half_way(report: RunReport) -> str:
    """A failed deployment that created a group and was not rolled back needs a person to decide."""
    found = report.deployment
    if found is not None and found.lock.lost:
        return "; another run continues it"
    left = found is not None and found.status is Status.FAILED and found.new is not None
    return "; incomplete, waiting for continue or rollback" if left else ""


def _rows(report: RunReport) -> int:
    return len(report.tables[0].rows) if report.tables else 0


def _until_suffix(report: RunReport) -> str:
    return f" after {report.until}" if report.until else ""


def _running_step(report: RunReport) -> str:
    running = [span.step for span in step_spans(report.events) if span.ended is None]
    return f": {running[-1]}" if running else ""


def _count_of(number: int, what: str) -> str:
    return count_of(number, what) if number else f"no {what}s"


SENTENCES: dict[Status, Callable[[RunReport], str]] = {
    Status.RUNNING: lambda report: (
        f"{_image_id(report)} is being deployed{_strategy_suffix(report)}{_running_step(report)}"
    ),
    Status.DEPLOYED: lambda report: f"{_image_id(report)} deployed{_strategy_suffix(report)}{_duration_suffix(report)}",
    Status.UNCHANGED: _unchanged_text,
    Status.STOPPED: lambda report: (
        f"deployment of {_image_id(report)} stopped{_until_suffix(report)}; waiting for continue or rollback"
    ),
    Status.ROLLED_BACK: _rolled_back,
    Status.ROLLBACK_INCOMPLETE: lambda report: f"rollback of {_image_id(report)} is incomplete; manual action needed",
    Status.FAILED: lambda report: (
        f"{_failed_operation(report)} failed{_strategy_suffix(report)}{_duration_suffix(report, 'after')}"
        f"{_half_way(report)}"
    ),
    Status.REFUSED: lambda report: f"{report.operation} refused; nothing was changed",
    Status.CANCELLED: lambda report: f"{_describe_operation(report)} was cancelled{_duration_suffix(report, 'after')}",
    Status.PLANNED: lambda report: f"{_count_of(len(report.changes), 'change')} planned; nothing was changed",
    Status.VALID: lambda _: "inputs and documents are valid",
    Status.INVALID: lambda report: f"{_count_of(len(report.problems), 'problem')} found; nothing was changed",
    Status.DRAFTED: lambda report: f"{_count_of(_rows(report), 'file')} drafted from the live group",
    Status.DRIFTED: lambda report: f"{_count_of(_rows(report), 'difference')} between documents and live group",
    Status.LISTED: lambda report: f"{_count_of(_rows(report), 'version')} still in Spot",
}
