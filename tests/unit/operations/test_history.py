"""What the operation history tells of versions: nothing that is masked."""

import io
import json
from pathlib import Path

from spotaction.github.progress import Progress
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.deployment import Run
from spotaction.model.resources import Image
from spotaction.operations.history import note_history
from spotaction.operations.versions import Ending, Version
from tests.support.fakes import OLD_IMAGE, FakeClock, group
from tests.support.runner_files import outputs_in

NAME = "hidden-value"


def test_a_name_that_is_masked_is_in_no_output_and_no_line(tmp_path: Path) -> None:
    file, stdout = tmp_path / "outputs", io.StringIO()
    progress = Progress(WorkflowCommands({"GITHUB_OUTPUT": str(file)}, stdout), FakeClock(), app="web")
    progress.commands.mask(NAME)
    before = len(stdout.getvalue())
    note_history([Version(group(), None, Ending.UNKNOWN, Image(OLD_IMAGE, NAME))], Run("1", "1"), progress)
    (listed,) = json.loads(outputs_in(file.read_text(encoding="utf-8"))["history"])
    assert (listed["image"], listed["version"]) == (OLD_IMAGE, "***")
    assert NAME not in stdout.getvalue()[before:]
