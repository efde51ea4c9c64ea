"""What log and summary say about a draft, and about drift."""

from collections.abc import Iterable, Mapping, Sequence

from spotaction.documents.elastigroup.comparison import shown_value
from spotaction.drafts.assembly import Draft
from spotaction.drafts.drift import Drift, DriftReport
from spotaction.github.progress import Progress
from spotaction.github.report_table import ReportTable
from spotaction.model.deployment import Status
from spotaction.model.events import Note

_NAMED = 5  # differences in an annotation
_NEXT = "add what should stay to the documents; the next deployment reverts the rest, or revert it in the Spot console."
_ABOUT: Mapping[str, str] = {
    "elastigroup.json": "the group's configuration; each deployment creates a new group from it",
    "service.yaml": "what is deployed: where AMIs come from",
    "infrastructure.yaml": "where: the environment, and the path of elastigroup.json",
    "startup.sh": "the decoded user data; look for secrets before you commit it",
    "startup.ps1": "the decoded user data; look for secrets before you commit it",
}


def note_draft(draft: Draft, progress: Progress) -> None:
    """Set the result of the run: the drafted files, and what to look at in them."""
    progress.app, progress.environment = draft.names.app, draft.names.environment
    progress.tables = draft_tables(draft.texts, draft.written, draft.notes)
    what = f"{progress.app} ({progress.environment}), strategy {draft.choice.strategy}"
    drafted = f"Drafted {what}:" if draft.written else f"Nothing was written: the drafts of {what}, exist already."
    progress.commands.log(drafted)
    for path in draft.texts:
        progress.commands.log(f"  {path}: {_state(path, draft.written)}")
    for note in draft.notes:
        progress.handle_event(Note(note))
    progress.commands.log(f"Next: {draft.next_step}")
    progress.commands.log(f"At any time, compare the files with the live group: {draft.comparison}")
    progress.next_step = draft.next_step
    progress.status = Status.DRAFTED if draft.written else Status.UNCHANGED


def note_drift(found: DriftReport, progress: Progress) -> None:
    """Set the result of the run: `drifted`, which fails the step, if a difference counts."""
    progress.tables = drift_tables(found.drifts)
    for table in progress.tables:
        for path, documents, live, cause in table.rows:
            progress.handle_event(Note(f"{table.title}: {path}: {documents} in the documents, {live} live ({cause})"))
    progress.commands.set_output("has-changes", "true" if found.counted else "false")
    if found.counted:
        paths = ", ".join(each.difference.path for each in found.counted[:_NAMED])
        more = f" and {len(found.counted) - _NAMED} more" if len(found.counted) > _NAMED else ""
        message = f"{found.group.name} ({found.group.id}) differs from the documents: {paths}{more}."
        progress.commands.annotate("error", f"{message} Next: {_NEXT}", title=f"{progress.app}: drift")
        progress.next_step = _NEXT
    progress.status = Status.DRIFTED if found.counted else Status.UNCHANGED


def draft_tables(paths: Iterable[str], written: Sequence[str], notes: Iterable[str]) -> tuple[ReportTable, ...]:
    """Return the drafted files, and what to look at in them."""
    rows = [
        (path, _ABOUT.get(path.rpartition("/")[2], "the workflow; its first run is a plan"), _state(path, written))
        for path in paths
    ]
    looks = [(str(number), note) for number, note in enumerate(notes, start=1)]
    return (
        ReportTable("Files", ("File", "Content", ""), rows),
        ReportTable("Look at", ("", "What"), looks),
    )


def drift_tables(drifts: Sequence[Drift]) -> tuple[ReportTable, ...]:
    """Return the differences that count, and those that are expected."""
    head = ("Path", "Documents", "Live group", "Whose change")
    counted = [_row(each) for each in drifts if each.cause.is_drift]
    expected = [_row(each) for each in drifts if not each.cause.is_drift]
    return ReportTable("Drift", head, counted), ReportTable("Expected differences", head, expected)


def _state(path: str, written: Sequence[str]) -> str:
    return "written" if path in written else "exists already, the same"


def _row(drift: Drift) -> tuple[str, ...]:
    each = drift.difference
    return each.path, shown_value(each.mine), shown_value(each.live), drift.cause.value
