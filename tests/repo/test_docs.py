"""What docs/ says is so: tables, messages, exit codes, times, commands, links."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from spotaction import main, post, wiring
from spotaction.cli.check_files import check_files
from spotaction.documents.expressions.functions import FUNCTIONS
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_text
from spotaction.engine import rollback
from spotaction.inputs.fields import FIELDS
from spotaction.model import errors, observations, ports
from tests.support.action import ROOT
from tests.support.documents import DOCUMENTS, SOURCE, anchors, blocks, read, section
from tests.support.project import load_script
from tests.support.workflow_uses import VALUES, Use, filled, run_all

DEFAULTS = {entry.name: entry.default for entry in FIELDS}
INPUTS, HARNESS, TIMES = "docs/inputs-and-outputs.md", "docs/execution-documents.md", "docs/cancel-and-timeouts.md"


def test_what_is_generated_is_up_to_date() -> None:
    stale = [name for name, text in load_script("tables").generate_all().items() if text != read(name)]
    assert stale == [], "run: python tools/tables.py"


def test_every_input_is_in_a_table() -> None:
    action = read("action.yml")
    assert [name for _, names in load_script("tables").sections(action) for name in names] == list(
        yaml.safe_load(action)["inputs"]
    )


def test_a_table_cannot_be_written_where_its_markers_are_missing() -> None:
    with pytest.raises(ValueError, match="has no <!-- inputs"):
        load_script("tables").fill("# A document", {"inputs": ""})


def test_the_summary_that_is_shown_is_of_the_demo() -> None:
    golden = read("tests/e2e/golden/success.md").partition("### Steps")[2]
    shown = section("docs/what-you-see.md", "The summary")
    assert "deployed (blue-green) in " in shown
    steps = [line for line in shown.splitlines() if "✅" in line][1:]
    assert steps == [line for line in golden.splitlines() if "✅" in line]
    head = re.findall(r"^(?:###|\|) .+$", section("README.md", "What you see"), re.MULTILINE)
    assert (len(head), "\n".join(head[1:]) in shown, head[0] in shown.splitlines()) == (5, True, True)
    chart = next(part for part in shown.split("\n\n") if part.startswith("```mermaid"))
    assert chart in read("tests/e2e/golden/success.md")


def test_every_function_of_expressions_is_listed_and_has_the_value_that_is_shown() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| `(.+?)` \| `(.+)` \|$", section("docs/expressions.md", "Functions"), re.MULTILINE
    )
    assert [name for name, _, _ in rows] == [*FUNCTIONS, "size", "get", "isInput", "json.select"]
    assert [resolve_text(example, Context(), where="docs") for _, example, _ in rows] == [value for _, _, value in rows]


def test_every_message_in_troubleshooting_is_one_of_the_action() -> None:
    messages = re.findall(r"^\| `(.+?)` \|", read("docs/troubleshooting.md"), re.MULTILINE)
    assert len(messages) > 15
    assert [message for message in messages if message not in SOURCE] == []


def test_exit_codes_and_good_endings_are_those_of_the_code() -> None:
    text = section(INPUTS, "Exit codes")
    good = set(re.findall(r"`([a-z-]+)`", text.partition("The step succeeds for ")[2].partition("when a rollback")[0]))
    assert good == {status.value for status in main._GOOD}
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")]
    assert codes == {kind.exit_code for kind in kinds}


def test_the_times_are_the_defaults() -> None:
    text = " ".join(read(TIMES).split())
    assert f"`steady-state-timeout` (one wait, {DEFAULTS['steady-state-timeout']})" in text
    assert f"`timeout` (the deployment, {DEFAULTS['timeout']})" in text
    assert "post step, which has four minutes of its own" in text
    assert post.LIMIT == 4 * 60
    assert "twice `steady-state-timeout` and 10 minutes" in text
    assert rollback._FOR_CALLS == 10 * 60


def test_the_time_after_a_signal_is_that_of_the_code() -> None:
    assert "has two seconds for what follows" in " ".join(read("docs/architecture.md").split())
    assert wiring.TO_RESTORE == 2


def test_the_times_of_the_lock_are_those_of_the_code() -> None:
    text = " ".join(read("docs/lock.md").split())
    assert f"L = {ports.LIST_LAG:.0f} s** (`LIST_LAG`)" in text
    assert f"they wait for {ports.TAKE_OVER_WAIT:.0f} s" in text
    lag, time = f"{ports.LIST_LAG:.0f}", f"{ports.TAKE_OVER_TIME:.0f}"
    assert f"up to {lag} s late, write its own within {time} s, and that may take another {lag} s to show" in text


def test_the_workflow_with_documents_deploys(tmp_path: Path) -> None:
    (step,) = yaml.safe_load(blocks("yaml", section(HARNESS, "Three documents"))[0])
    result = run_all([Use(HARNESS, "deploy", filled(step["with"], VALUES))], tmp_path, "canary")[-1]
    assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
    assert result.record["finished"] == ["setup", "canary-deploy-1", "canary-deploy-2", "deploy"]


def test_a_problem_is_reported_as_in_the_example_of_validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, *shown = blocks("console", section(HARNESS, "Checking documents"))[0].splitlines()
    monkeypatch.chdir(tmp_path)
    for place in ("deploy", "examples/deploy"):
        shutil.copytree(ROOT / "examples" / "deploy", place)
    text = (ROOT / "examples" / "deploy" / "elastigroup.json").read_text(encoding="utf-8")
    Path("deploy/elastigroup.json").write_text(text.replace('"minimum": 2', '"minimum": "two"'), encoding="utf-8")
    code, told = check_files(["deploy/service.yaml", "deploy/elastigroup.json"])
    assert (code, told.splitlines()) == (errors.InvalidError.exit_code, shown)


def test_steps_of_harness_are_known_or_refused_by_name() -> None:
    rows = re.findall(r"^\| (.+?) \|", section(HARNESS, "Coming from Harness"), re.MULTILINE)
    kinds = {kind for row in rows for kind in re.findall(r"`([A-Z]\w+)`", row)}
    assert kinds >= {"ElastigroupSetup", "ElastigroupRollback", "Wait", "Verify"}
    known = SOURCE + read("schemas/execution.schema.json")
    assert {kind for kind in kinds if f'"{kind}"' not in known} == set()


def test_inputs_that_are_named_exist() -> None:
    columns = re.findall(r"^\| .+? \| (.+) \|$", section(HARNESS, "Coming from Harness"), re.MULTILINE)
    named = {name for column in columns for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", column)}
    steps = {"stage-setup", "swap-route"}
    assert named - steps <= set(DEFAULTS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        linked = (document.parent / name) if name else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", ["README.md", INPUTS, HARNESS, TIMES, "docs/architecture.md", "docs/sandbox.md"])
def test_a_table_of_contents_names_every_section(name: str) -> None:
    text = read(name)
    contents = re.findall(r"\]\(#([\w-]+)\)", text.partition("\n## ")[0])
    assert contents == [next(iter(anchors(line))) for line in re.findall(r"^## .+$", text, re.MULTILINE)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_of_make_exist(document: Path) -> None:
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", document.read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:spotaction|tests|tools|schemas|examples)/[\w./-]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_golden_run_is_shown_with_its_summary_and_its_log() -> None:
    shown = re.findall(r"\((?:\.\./)(tests/e2e/golden/[\w.]+)\)", read("docs/what-you-see.md"))
    assert sorted(shown) == sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests/e2e/golden").iterdir())


def test_the_sections_of_a_summary_are_described_in_their_order() -> None:
    golden = read("tests/e2e/golden/rollback.md")
    order = ["**Since:**", "| Group |", "| Route |", "### Healthy", "### Checks", "### Steps", "<summary>Events"]
    assert [golden.index(part) for part in order] == sorted(golden.index(part) for part in order)
    described = section("docs/what-you-see.md", "The summary")
    words = ["since when", "The new and the old group", "The rules", "The charts", "The checks", "The steps"]
    assert [described.index(word) for word in words] == sorted(described.index(word) for word in words)


def test_the_number_of_samples_that_is_told_is_the_one_that_is_kept() -> None:
    assert f"at most {observations._SAMPLES} samples" in section("docs/what-you-see.md", "The charts")


def test_the_command_line_finds_the_sandbox_by_the_keys_that_it_prints() -> None:
    (block,) = blocks("bash", section("docs/sandbox.md", "The command line against the sandbox"))
    asked = dict(re.findall(r'(\w+)="\$\(of ([\w-]+)\)"', block))
    printed = set(re.findall(r'^            "([a-z-]+)": ', read("spotaction/sandbox/__main__.py"), re.MULTILINE))
    assert set(asked.values()) == printed - {"aws-account-id"}
    assert set(asked) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "SPOTACTION_SPOT_API_URL",
        "SPOTINST_ACCOUNT",
        "SPOTINST_TOKEN",
    }
