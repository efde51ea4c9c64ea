"""Configs in the shapes of the console, exports, CloudFormation, Ansible and the SDKs: one verdict everywhere.

`configs/expected.txt` has what `python -m spotaction validate` prints for each file, indented below its name.
"""

from pathlib import Path

import pytest

from spotaction.cli.command_line import main
from spotaction.documents.definitions import load_definitions
from spotaction.documents.expressions.scope import INFRASTRUCTURE_NAMES, SERVICE_NAMES, WorkflowValues
from spotaction.model.errors import InvalidError
from spotaction.operations.validate import check_file

CONFIGS = Path(__file__).parent / "configs"


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (CONFIGS / "expected.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            found[list(found)[-1]].append(line.strip())
        else:
            found[line] = []
    return found


EXPECTED = expected()


@pytest.fixture(autouse=True)
def in_the_folder_of_the_configs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CONFIGS)


def test_every_config_has_an_expectation() -> None:
    files = {path.name for path in CONFIGS.iterdir()} - {"expected.txt"}
    assert files == set(EXPECTED)
    assert len(files) > 50


@pytest.mark.parametrize("name", EXPECTED)
def test_the_command_line_prints_what_is_expected(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", name])
    lines = capsys.readouterr().out.splitlines()
    rejected = any(": warning: " not in line and ": note: " not in line for line in EXPECTED[name])
    first = [] if rejected else [f"{name}: valid (elastigroup)"]
    assert (lines, code) == ([*first, *EXPECTED[name]], 2 if rejected else 0)


def in_the_action(name: str) -> tuple[list[str], list[str], list[str]]:
    """The problems, warnings and notes of an action that is given the config."""
    values = WorkflowValues(deferred=SERVICE_NAMES | INFRASTRUCTURE_NAMES)
    try:
        config = load_definitions(
            service="", infrastructure="", elastigroup_config=name, workspace=CONFIGS, given=values
        ).config
    except InvalidError as error:
        return [str(problem) for problem in error.problems], [], []
    return [], [str(warning) for warning in config.warnings], [str(config.quoted)] if config.quoted else []


@pytest.mark.parametrize("name", EXPECTED)
def test_the_action_and_the_command_line_agree(name: str) -> None:
    report = check_file(name)
    alone = [[str(each) for each in group] for group in (report.problems, report.warnings, report.notes)]
    assert in_the_action(name) == ((alone[0], [], []) if alone[0] else tuple(alone))


def with_key_pair(folder: Path, text: str) -> Path:
    config = (CONFIGS / "01-console-as-shown.json").read_text("utf-8")
    file = folder / "group.yaml"
    file.write_text(config.replace('"keyPair": "shop"', f'"keyPair": {text!r}'), "utf-8")
    return file


def test_an_expression_that_no_workflow_can_resolve_is_a_problem_of_both(tmp_path: Path) -> None:
    file = with_key_pair(tmp_path, "<+nowhere.name>")
    (problem,) = check_file(str(file)).problems
    assert str(problem).endswith(":55:23: group.compute.launchSpecification.keyPair: 'nowhere' is not defined")
    with pytest.raises(InvalidError) as caught:
        load_definitions(
            service="", infrastructure="", elastigroup_config=file.name, workspace=tmp_path, given=WorkflowValues()
        )
    assert [each.message for each in caught.value.problems] == [problem.message]


@pytest.mark.parametrize(
    "text",
    [
        "<+serviceVariables.name>",
        "<+artifact.image>",
        "<+org.identifier>",
        '<+secrets.getValue("a")>',
        "<+input>",
        "web-<+env.name>",
    ],
)
def test_an_expression_that_a_workflow_may_resolve_is_valid_alone(tmp_path: Path, text: str) -> None:
    assert check_file(str(with_key_pair(tmp_path, text))).problems == ()
