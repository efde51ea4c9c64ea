"""What the README says is so: tables, messages, permissions, commands and the summary that it shows."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from spotaction import main, post
from spotaction.__main__ import problems_of
from spotaction.inputs.read import FIELDS
from spotaction.model import errors, ports
from spotaction.model.choices import Operation
from spotaction.model.deployment import Status
from tests.support.action import ROOT, stand
from tests.support.workflow_uses import WORLD, run, uses_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "spotaction").rglob("*.py")))
DEFAULTS = {entry.name: entry.default for entry in FIELDS}


def section(heading: str) -> str:
    """What stands below a heading of the second level."""
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "tools" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_RECORDED = set[tuple[str, str]]()


def recorded_in(folder: Path) -> set[tuple[str, str]]:
    """Service and name of every call that the sandbox saw: each strategy deployed, and rolled back. Run once."""
    for strategy in ("basic", "canary", "blue-green", "shift") if not _RECORDED else ():
        with stand(strategy, folder, WORLD) as box:
            assert box.run(alarms="web-5xx", suspend_scaling="true").code == 0
            assert box.run(operation="rollback").code == 0
            _RECORDED.update((call["service"], call["call"]) for call in box.sandbox.calls())
    return _RECORDED


def test_the_tables_are_what_action_yml_says() -> None:
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert tables().with_tables(README, action) == README, "run: python tools/tables.py README.md"
    assert [name for _, names in tables().sections(action) for name in names] == list(yaml.safe_load(action)["inputs"])


def test_the_tables_cannot_be_written_where_their_markers_are_missing() -> None:
    with pytest.raises(ValueError, match="has no <!-- inputs"):
        tables().with_tables("# A README", (ROOT / "action.yml").read_text(encoding="utf-8"))


def test_the_summary_that_is_shown_is_the_one_that_the_demo_writes() -> None:
    golden = (ROOT / "tests" / "e2e" / "golden" / "success.md").read_text(encoding="utf-8")
    assert tables().with_summary(README, golden) == README, "run: python tools/tables.py README.md"
    assert "deployed (blue-green) in " in README


def test_the_workflow_at_the_top_deploys(tmp_path: Path) -> None:
    first = yaml.safe_load(blocks("yaml")[0])
    (use,) = uses_of(first, "README.md")
    result = run(use, tmp_path, "canary")
    assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
    assert "canary-deploy-2" in result.record["finished"]


def test_the_policy_allows_what_the_action_calls_and_no_more(tmp_path: Path) -> None:
    policy = json.loads(blocks("json", section("Permissions"))[0])
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    in_code = set(re.findall(r'"((?:ec2|elbv2|cloudwatch):[A-Z]\w+)"', SOURCE))
    assert allowed == {call.replace("elbv2:", "elasticloadbalancing:") for call in in_code}
    prefixes = {"elbv2": "elasticloadbalancing", "ec2": "ec2", "cloudwatch": "cloudwatch"}
    used = {f"{prefixes[service]}:{call}" for service, call in recorded_in(tmp_path) if service in prefixes}
    assert used <= allowed
    assert {action for action in allowed if "Modify" in action} == {action for action in used if "Modify" in action}


def test_the_routes_of_spot_are_those_that_are_called(tmp_path: Path) -> None:
    listed = README.partition("<!-- spot calls -->")[2].partition("<!-- end of spot calls -->")[0]
    routes = set(re.findall(r"`([A-Z]+ /[^`]+)`", listed))
    assert {call for service, call in recorded_in(tmp_path) if service == "spot"} <= routes
    constants = {"GROUPS": "/aws/ec2/group", "GROUP": "/aws/ec2/group/{id}"}
    spot = (ROOT / "spotaction" / "cloud" / "spot" / "elastigroups.py").read_text(encoding="utf-8")
    in_code = {
        f"{method} {constants[inner or plain]}{tail}"
        for method, inner, tail, plain in re.findall(r'Call\(\s*"([A-Z]+)",\s*(?:f"\{(\w+)\}([^"]*)"|(\w+))', spot)
    }
    assert routes == in_code


def test_every_message_in_troubleshooting_is_one_that_the_action_says() -> None:
    messages = re.findall(r"^\| `(.+?)` \|", section("Troubleshooting"), re.MULTILINE)
    assert len(messages) > 15
    assert [message for message in messages if message not in SOURCE] == []


def test_the_operations_are_all_there() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("Operations"), re.MULTILINE)[1:] == [each.value for each in Operation]


def test_exit_codes_and_good_endings_are_those_of_the_code() -> None:
    text = " ".join(section("Outputs").split())
    good = set(re.findall(r"`([a-z-]+)`", text.partition("The step succeeds for ")[2].partition(" when a rollback")[0]))
    assert good == {status.value for status in main._GOOD}
    codes = {int(code) for code in re.findall(r"(\d+) (?:the|inputs|refused|Spot|cancelled)", text)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")]
    assert codes == {kind.exit_code for kind in kinds}


def test_what_is_promised_is_in_the_words_of_the_code() -> None:
    text = " ".join(section("What is promised, and on which assumptions").split())
    assert f"is in all its answers within {ports.LIST_LAG:.0f} s" in text
    named = set(re.findall(r"`([a-z-]+)(?:: [a-z]+)?`", text))
    assert named <= {*Status, *DEFAULTS, *Operation}
    assert {"deployed", "rolled-back", "rollback-incomplete", "timeout", "force", "app-name"} <= named


def test_the_times_are_the_defaults() -> None:
    text = section("Cancel and timeouts")
    assert f"`steady-state-timeout` (one wait, {DEFAULTS['steady-state-timeout']})" in text
    assert f"`timeout` (the deployment, {DEFAULTS['timeout']})" in text
    assert "which has four minutes of\nits own" in text
    assert post.LIMIT == 4 * 60


def test_a_problem_is_told_as_the_example_of_validate_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = blocks("console", section("Operations"))[0].splitlines()[1]
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "examples" / "deploy" / "elastigroup.json").read_text(encoding="utf-8")
    Path("deploy").mkdir()
    Path("deploy/elastigroup.json").write_text(text.replace('"minimum": 2', '"minimum": "2"'), encoding="utf-8")
    assert [str(problem) for problem in problems_of("deploy/elastigroup.json")] == [shown]


def test_steps_of_harness_are_known_or_refused_by_name() -> None:
    rows = re.findall(r"^\| (.+?) \|", section("Coming from Harness"), re.MULTILINE)
    kinds = {kind for row in rows for kind in re.findall(r"`([A-Z]\w+)`", row)}
    assert kinds >= {"ElastigroupSetup", "ElastigroupRollback", "Wait", "Verify"}
    known = SOURCE + (ROOT / "schemas" / "execution.schema.json").read_text(encoding="utf-8")
    assert {kind for kind in kinds if f'"{kind}"' not in known} == set()


def test_inputs_that_are_named_exist() -> None:
    columns = re.findall(r"^\| .+? \| (.+) \|$", section("Coming from Harness"), re.MULTILINE)
    named = {name for column in columns for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", column)}
    steps = {"stage-setup", "swap-route"}
    assert named - steps <= set(DEFAULTS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines()}
    files = [target for target in targets if not target.startswith(("http", "#"))]
    anchors = [target[1:] for target in targets if target.startswith("#")]
    assert [target for target in files if not (ROOT / target).exists()] == []
    assert [anchor for anchor in anchors if anchor not in headings] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_of_make_exist(document: Path) -> None:
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", document.read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


def test_the_license_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("Apache License")
    assert "APPENDIX: How to apply the Apache License to your work." in text
