"""The operation history: lists the versions of an app still in Spot. It writes nothing."""

import json
from collections.abc import Sequence
from functools import partial

from spotaction.documents.elastigroup.comparison import region_of_group
from spotaction.documents.wording import format_duration
from spotaction.engine.context import DeployContext
from spotaction.github.progress import Progress
from spotaction.github.report_table import ReportTable
from spotaction.model.deployment import Run, Status
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.events import Note
from spotaction.model.redaction import redact_value
from spotaction.operations.request import DeployRequest, epoch_now
from spotaction.operations.versions import ImageSource, Version, list_versions

_HEAD = ("Group", "Image", "Deployed (UTC)", "Took", "Ended", "Now", "Run")


def list_history(request: DeployRequest, source: ImageSource, context: DeployContext) -> tuple[Version, ...]:
    """Return the app's versions, the youngest first; without names of images, and with a note, if EC2 refuses.

    Raises `RefusedError` if there are none, and `ApiError` if Spot's groups cannot be read.
    """
    groups = context.groups.all()
    list_with = partial(list_versions, groups, app=request.app, now=epoch_now(context))
    try:
        found = list_with(source=source)
    except ApiError as error:
        if error.service != "aws":
            raise
        context.notify(Note(f"The images could not be looked up: {error.message}"))
        found = list_with(source=ImageSource(None, ""))
    elsewhere = {region_of_group(version.group.config) for version in found} - {"", source.region}
    if elsewhere and source.images is not None:
        regions = ", ".join(sorted(elsewhere))
        context.notify(Note(f"Images in {regions} were not looked up: the AWS region is {source.region} (aws-region)."))
    if not found:
        raise RefusedError(
            f"No Elastigroup of this account belongs to {request.app}.",
            next_step="correct app-name or spot-account-id.",
        )
    return found


def note_history(found: Sequence[Version], run: Run, progress: Progress) -> None:
    """Set the result of the run: a table in log and summary, and the output `history`."""
    rows = [_row(version, run) for version in found]
    progress.tables = (ReportTable("Versions", _HEAD, rows),)
    progress.commands.log(f"Versions of {progress.app}, newest first (times in UTC):")
    for line in _aligned([_HEAD, *rows]):
        progress.commands.log(f"  {line}")
    listed = redact_value([version.as_json(run) for version in found], progress.commands.redact)
    progress.commands.set_output("history", json.dumps(listed, ensure_ascii=False), exact=True)
    progress.status = Status.LISTED


def _row(version: Version, run: Run) -> tuple[str, ...]:
    took = version.mark.took if version.mark else None
    return (
        f"{version.group.name} ({version.group.id})",
        f"{version.image_label}{', no longer exists' if version.is_gone else ''}",
        version.when,
        "" if took is None else format_duration(took),
        version.ending.value,
        str(version.group.capacity) if version.runs else "kept",
        version.run_url(run),
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows as lines of a table for a log of fixed width; the last column is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
