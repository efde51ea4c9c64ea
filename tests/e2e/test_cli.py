import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from spotaction.cli.command_line import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(path for path in ROOT.glob("examples/**/*") if path.suffix in {".yaml", ".json"}),
    *(ROOT / "tests" / "e2e" / "samples").iterdir(),
]
ACTION_DOCUMENTS = [path for path in DOCUMENTS if "workflows" not in path.parts]
UNPLACED = ROOT / "tests/e2e/samples/infrastructure.yaml"  # names /spot/spot-cfg, which is nowhere in this repository


def said(capsys: pytest.CaptureFixture[str], *files: Path | str) -> tuple[int, str]:
    code = main(["validate", *map(str, files)])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    "path",
    [path for path in ACTION_DOCUMENTS if path != UNPLACED],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_document_of_this_repository_is_valid(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(capsys, path)
    assert (code, told.startswith(f"{path}: valid (")) == (0, True), told


def test_an_infrastructure_is_valid_with_the_config_that_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(UNPLACED, "infra.yaml")
    assert said(capsys, "infra.yaml") == (
        2,
        (
            "infra.yaml:18:15: infrastructureDefinition.spec.configuration.store.spec.files[0]: 'spot/spot-cfg': file "
            "not found (or set the input elastigroup-config to its path)\n"
        ),
    )
    Path("spot").mkdir()
    shutil.copy(UNPLACED.with_name("elastigroup.json"), "spot/spot-cfg.json")
    assert said(capsys, "infra.yaml") == (0, "infra.yaml: valid (infrastructure)\n")


def test_a_problem_of_a_file_that_is_given_and_also_named_by_another_is_reported_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(UNPLACED, "infra.yaml")
    Path("spot").mkdir()
    Path("spot/spot-cfg.json").write_text('{"group": 1}', encoding="utf-8")
    line = "spot/spot-cfg.json:1:11: group: expected a mapping, found the number 1\n"
    assert said(capsys, "infra.yaml", "spot/spot-cfg.json") == (2, line)


def test_every_problem_of_every_file_is_reported_with_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("infra.yaml").write_text(
        "infrastructureDefinition:\n  name: web\n  type: Elastigroups\n  nmae: web\n", encoding="utf-8"
    )
    Path("group.json").write_text('{"group": {"name": "web",\n "capacity": {"minimum": "one"}}}', encoding="utf-8")
    code, text = said(capsys, "infra.yaml", "group.json")
    lines = text.splitlines()
    assert code == 2
    assert "infra.yaml:4:3: infrastructureDefinition.nmae: unknown key 'nmae'" in lines
    assert [line for line in lines if line.startswith("infra.yaml:3:9: infrastructureDefinition.type: ")]
    assert [line for line in lines if line.startswith("group.json:2:26: group.capacity.minimum: ")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("group: [", "bad.yaml:2:1: invalid YAML: "),
        ("service: 1\nservice: 2\n", "bad.yaml:2:1: "),
        (
            "- a list\n",
            "bad.yaml:1:1: unknown kind of document (expected one of these keys at the top level: service, ",
        ),
        (
            "name: web\n",
            "bad.yaml:1:1: unknown kind of document (expected one of these keys at the top level: service, ",
        ),
        ("", "bad.yaml:1:1: "),
    ],
)
def test_a_file_that_is_no_document_is_reported(
    text: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(text, encoding="utf-8")
    code, told = said(capsys, "bad.yaml")
    assert (code, told.startswith(line)) == (2, True), told


def test_a_file_that_is_not_there_is_a_problem_of_its_first_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("service.yaml").write_text("", encoding="utf-8")
    assert said(capsys, "servce.yaml") == (
        2,
        "servce.yaml:1:1: file not found (did you mean 'service.yaml'?)\n",
    )


def test_rules_between_the_values_of_a_group_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((ROOT / "examples/deploy/elastigroup.json").read_text(encoding="utf-8"))
    content["group"]["capacity"] |= {"minimum": 5, "target": 3}
    file = tmp_path / "group.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    code, told = said(capsys, file)
    assert (code, "group.capacity" in told) == (2, True), told


def test_the_command_works_as_a_module_of_its_own() -> None:
    command = [sys.executable, "-m", "spotaction", "validate", "examples/deploy/service.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert (done.returncode, done.stdout, done.stderr) == (0, "examples/deploy/service.yaml: valid (service)\n", "")


def test_checking_every_kind_of_document_loads_neither_engine_nor_network() -> None:
    script = "import sys; from spotaction.cli.command_line import main; main(sys.argv[1:]); print(*sorted(sys.modules))"
    files = [str(path.relative_to(ROOT)) for path in ACTION_DOCUMENTS]
    command = [sys.executable, "-c", script, "validate", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    loaded = done.stdout.split()
    assert "spotaction.operations.validate" in loaded
    heavy = ("spotaction.engine", "spotaction.cloud", "boto3", "botocore", "requests", "socket", "ssl")
    assert [name for name in loaded if name.startswith(heavy)] == []


def test_without_files_and_flags_there_is_nothing_to_validate(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate"], {})
    line = (
        "error: --service: is missing, and no other document is set (set at least one of --service, --infrastructure, "
        "--elastigroup-config and --execution)"
    )
    assert (code, capsys.readouterr().out.splitlines()[0]) == (2, line)


@pytest.mark.parametrize("flag", ["--service=a.yaml", "--json", "--outputs=out.json"])
def test_files_are_checked_without_flags(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["validate", flag, "service.yaml"])
    name = flag.partition("=")[0]
    told = f"validate takes files or flags, not both: remove {name} or the files"
    assert (ended.value.code, told in capsys.readouterr().err) == (2, True)


def test_pre_commit_runs_the_same_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["entry"]) == (
        "spotaction-validate",
        "python",
        "python -m spotaction validate",
    )


@pytest.mark.parametrize(
    "path",
    [path for path in ACTION_DOCUMENTS if path.suffix == ".yaml" and not {"samples", "harness"} & set(path.parts)],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_example_but_those_taken_unchanged_from_harness_says_where_an_editor_finds_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve().is_relative_to(ROOT / "schemas")
    assert schema.is_file()
