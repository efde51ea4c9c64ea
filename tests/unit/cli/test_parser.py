"""The table of flags is the table of inputs, and its help is light, complete and without the words of a workflow."""

import subprocess
import sys
from itertools import product

import pytest
import shtab

from spotaction.cli.command_line import main
from spotaction.cli.flags import read_table
from spotaction.cli.parser import FINISH, SHELLS, build_parser, given_values
from spotaction.inputs.fields import FIELDS
from spotaction.model.choices import Operation
from tests.support.project import ROOT

#: Options of the command line alone; no input may have the name of one.
OWN = {"help", "version", "json", "outputs", "summary", "state", "plain", "yes", "dry-run", "print-completion"}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr()
    return ended.value.code, told.out + told.err


def test_every_input_but_the_operation_is_a_flag_and_every_operation_a_command() -> None:
    table = read_table()
    assert [flag.name for flag in table.flags] == [entry.name for entry in FIELDS if entry.name != "operation"] or {
        flag.name for flag in table.flags
    } == {entry.name for entry in FIELDS} - {"operation"}
    assert list(table.commands) == [operation.value for operation in Operation]
    assert {flag.name for flag in table.flags} & OWN == set()


def test_every_command_has_a_sentence_of_its_own() -> None:
    about = read_table().commands
    assert len(set(about.values())) == len(about)
    assert [name for name, text in about.items() if not text or "`" in text] == []


@pytest.mark.parametrize("command", [*Operation, FINISH])
def test_the_help_of_a_command_names_every_flag_with_its_variable(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = printed(capsys, command, "--help")
    flat = " ".join(text.split())
    missing = [
        f.name for f, part in product(read_table().flags, (0, 1)) if (f.option, f"[{f.variable}]")[part] not in flat
    ]
    assert (code, missing) == (0, [])
    assert [word for word in ("`", "${{", "the expression secrets") if word in text] == []
    assert "a flag wins over the environment" in flat


@pytest.mark.parametrize("name", [flag.name for flag in read_table().flags])
def test_a_flag_takes_the_text_of_the_input(name: str) -> None:
    options = build_parser().parse_args(["deploy", f"--{name}", "- a: 1\n  b: '<+env.name>'"])
    assert given_values(options) == {name: "- a: 1\n  b: '<+env.name>'"}


@pytest.mark.parametrize("name", [flag.name for flag in read_table().flags if flag.boolean])
def test_a_boolean_flag_may_stand_alone_or_be_negated(name: str) -> None:
    parse = build_parser().parse_args
    given = [given_values(parse(["plan", f"--{flag}"]))[name] for flag in (name, f"no-{name}", f"{name}=false")]
    assert given == ["true", "false", "false"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("deploy", "--strateg", "canary"),
            "spotaction: unrecognized arguments: --strateg canary (did you mean --strategy?); `spotaction --help`",
        ),
        (
            ("rollback", "--conflict-timeout", "5m"),
            "spotaction: unrecognized arguments: --conflict-timeout 5m (it is no longer a flag: write it behind wait: ",
        ),
        (("rolback",), "spotaction: argument COMMAND: invalid choice: 'rolback'"),
        (("deploy", "--yes"), "spotaction: unrecognized arguments: --yes"),
        (("deploy", "--app-name"), "spotaction deploy: argument --app-name: expected one argument"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_the_way_out(
    arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = printed(capsys, *arguments)
    assert (code, text.startswith(line), text.count("\n")) == (2, True, 1), text


def test_without_a_command_it_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: spotaction ")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_commands_flags_and_their_words(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell in shtab.SUPPORTED_SHELLS
    assert main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    words = [*read_table().commands, *(choice for flag in read_table().flags for choice in flag.choices)]
    assert [word for word in words if word not in script] == []


def test_help_loads_neither_boto3_nor_the_engine() -> None:
    script = (
        "import sys\nfrom spotaction.cli.command_line import main\n"
        "try: main(['rollback', '--help'])\nexcept SystemExit: print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    loaded = done.stderr.split()
    assert "spotaction.cli.parser" in loaded
    heavy = ("boto", "requests", "yaml", "rich", "ssl", "spotaction.engine", "spotaction.cloud", "spotaction.documents")
    assert [name for name in loaded if name.startswith(heavy)] == []
