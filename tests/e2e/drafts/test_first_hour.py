"""The page of the first hour, played: from an unnumbered running group to a canary deployed."""

from pathlib import Path

from spotaction.drafts.drift import Cause
from tests.support.action import NEW, stand
from tests.support.documents import read
from tests.support.live_groups import GROUPS, draft, run_drafted


def test_an_unnumbered_group_is_drafted_planned_and_deployed_as_a_canary(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS["unnumbered with a hyphen"].scenario()) as box:
        drafted = draft(box, workspace)
        planned = run_drafted(box, workspace, "plan")
        done = run_drafted(box, workspace, "deploy")
        statuses = [result.outputs["status"] for result in (drafted, planned, done)]
        assert statuses == ["drafted", "planned", "deployed"], done.log
        assert done.record["finished"] == ["setup", "canary-deploy-1", "canary-deploy-2", "deploy"]
        found = {group["name"]: (group["capacity"]["target"], group["image"]) for group in box.alive()}
        assert found == {"web-prod": (0, found["web-prod"][1]), "web__prod__1": (3, NEW)}
        again = run_drafted(box, workspace, "deploy")
        assert again.outputs["status"] == "unchanged", again.log


def test_the_page_lists_every_cause_and_whether_it_counts() -> None:
    text = read("docs/first-hour.md").replace("`", "")
    for cause in Cause:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {cause.value}")]
        assert row.endswith("| yes |" if cause.is_drift else "| no |"), row
