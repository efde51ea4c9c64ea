"""The page of the first hour, played as it is written: from an unnumbered running group to a canary deployed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from spotaction.drafts.drift import Cause
from tests.support.action import NEW, OLD, ROOT, stand
from tests.support.command_line import type_command
from tests.support.documents import blocks, read
from tests.support.live_groups import Live, run_drafted, workflow_in
from tests.support.workflow_uses import ROLE, load

PAGE = "docs/first-hour.md"
TWELVE_MINUTES = 720


def commands() -> list[str]:
    """Everything that a person types, in order."""
    return re.findall(r"^\$ (.+)$", "\n".join(blocks("console", read(PAGE))), re.MULTILINE)


def test_the_page_leads_from_a_running_group_to_a_canary_in_six_commands_and_twelve_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [shlex.split(command)[1:] for command in commands() if command.startswith("spotaction ")]
    assert len(commands()) <= 6
    assert [arguments[0] for arguments in typed] == ["init", "plan", "deploy", "drift"]
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    monkeypatch.chdir(workspace)
    scenario = load(ROOT / "examples" / "sandbox" / "first-hour.yaml")
    with stand("basic", tmp_path, {**scenario, "roles": [{"arn": ROLE}]}) as box:
        started = box.clock.now()
        drafted, planned, deployed, compared = (type_command(box, *arguments) for arguments in typed)
        assert (drafted.code, planned.code, deployed.code, compared.code) == (0, 0, 0, 0), deployed.stdout
        assert box.clock.now() - started < TWELVE_MINUTES
        said = drafted.stdout + drafted.stderr
        assert f"plan from a terminal: {commands()[1]}\n" in said
        assert f"compare the files with the live group: {commands()[-1]}\n" in said
        assert blocks("text", read(PAGE))[0] in planned.stdout + planned.stderr
        found = {
            group["name"]: (group["capacity"]["target"], group["image"])
            for group in box.alive()
            if "web" in group["name"]
        }
        assert found == {"web-prod": (0, OLD), "web__prod__1": (3, NEW)}
        # What GitHub runs after that is the same deployment.
        box.inputs = {}
        assert run_drafted(box, workspace, "deploy").outputs["status"] == "unchanged"
        assert run_drafted(box, workspace, "drift").outputs["status"] == "unchanged"
    (name,) = re.findall(r"\*deploy (\S+)\*", read(PAGE))
    assert load(workflow_in(workspace))["name"] == f"deploy {name}"
    text = workflow_in(workspace).read_text("utf-8")
    assert set(re.findall(r"(?:vars|secrets)\.(\w+)", text)) == set(re.findall(r"set ([A-Z_]+)", commands()[4]))


def test_the_page_lists_every_cause_and_whether_it_counts() -> None:
    text = read(PAGE).replace("`", "")
    for cause in Cause:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {cause.value}")]
        assert row.endswith("| yes |" if cause.is_drift else "| no |"), row


@pytest.mark.slow
def test_a_deployment_loads_nothing_of_drafts_and_drift() -> None:
    code = (
        "import sys, tempfile; from pathlib import Path; from tests.support.action import QUICK, stand\n"
        "with stand('basic', Path(tempfile.mkdtemp()), QUICK) as box: print(box.run().outputs['status'])\n"
        "print([name for name in sys.modules if 'draft' in name or 'drift' in name or 'comparison' in name\n"
        "    or name == 'spotaction.operations.init'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines() == ["deployed", "[]"]


@pytest.mark.parametrize("name", ["-rf", "@web", 'größe "x" $(date)', "..", "${{ secrets.SPOT_TOKEN }}"])
def test_the_commands_that_init_prints_can_be_pasted_whatever_the_group_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    monkeypatch.chdir(workspace)
    with stand(
        "basic", tmp_path, Live(name=name, capacity={"minimum": 1, "target": 1, "maximum": 2}).scenario()
    ) as box:
        said = type_command(box, "init", "--elastigroup-id", "sig-0abc1234").stdout
        pasted = re.findall(r"(?:terminal|live group): spotaction (.+)$", said, re.MULTILINE)
        ended = [type_command(box, *shlex.split(command)) for command in pasted]
        assert [(told.code, told.mutations) for told in ended] == [(0, []), (0, [])], ended[-1].stdout
