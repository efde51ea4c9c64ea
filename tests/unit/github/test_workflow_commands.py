import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotaction.github.markdown import SUMMARY_BYTES
from spotaction.github.workflow_commands import LONG_BYTES, OUTPUT_BYTES, WorkflowCommands
from spotaction.model.errors import SourceLocation
from tests.support.runner_files import Command, commands_in, outputs_in, pairs_in, texts_in

PIECES = [
    "::error::x",
    "::add-mask::x",
    "::",
    "##[error]",
    "##",
    "[warning]",
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\x1b[31m",
    "\u2028",
    "\u200b",
    "\ud800",
    "%0A",
    "<<",
    "=",
    "ghadelimiter_",
    "EOF",
    " ",
    "\t",
    "hidden-value",
]
FOREIGN = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)
# The machine may be busy: how long one example takes says nothing.
patient = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def quiet() -> tuple[WorkflowCommands, io.StringIO]:
    log = io.StringIO()
    return WorkflowCommands({}, log), log


def with_file(tmp_path: Path, variable: str) -> tuple[WorkflowCommands, Path, io.StringIO]:
    log, path = io.StringIO(), tmp_path / variable.lower()
    return WorkflowCommands({variable: str(path)}, log), path, log


@patient
@given(FOREIGN)
def test_no_text_that_is_said_is_a_command(text: str) -> None:
    commands, log = quiet()
    commands.log(text)
    assert commands_in(log.getvalue()) == []
    assert log.getvalue().count("\n") == len(texts_in(log.getvalue())) - 1


@patient
@given(FOREIGN)
def test_no_text_that_is_said_keeps_a_secret(text: str) -> None:
    commands, log = quiet()
    commands.mask("hidden-value")
    before = len(log.getvalue())
    commands.log(text)
    assert "hidden-value" not in log.getvalue()[before:]


@patient
@given(FOREIGN, FOREIGN, FOREIGN)
def test_an_annotation_is_one_command_whatever_it_says(message: str, title: str, file: str) -> None:
    commands, log = quiet()
    commands.annotate("warning", message, place=SourceLocation(file or "f", 3, 4), title=title)
    (command,) = commands_in(log.getvalue())
    assert command.name == "warning"
    assert [key for key, _ in command.properties][:1] in (["file"], ["title"], [])
    assert texts_in(log.getvalue()) == [""]


@patient
@given(FOREIGN)
def test_a_group_is_one_command_whatever_its_title(title: str) -> None:
    commands, log = quiet()
    commands.open_group(title)
    assert {command.name for command in commands_in(log.getvalue())} == {"group"}
    assert texts_in(log.getvalue()) == [""]


@patient
@given(value=FOREIGN)
def test_an_output_is_exactly_one_pair_whatever_its_value(value: str, tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_OUTPUT")
    path.unlink(missing_ok=True)
    commands.set_output("instances", value)
    expected = value.replace("\0", "").encode(errors="replace").decode()
    assert pairs_in(path.read_bytes().decode()) == [("instances", expected)]


def test_the_last_value_of_an_output_counts_and_the_same_one_is_not_written_again(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_OUTPUT")
    for status in ("running", "running", "deployed"):
        commands.set_output("status", status)
    assert pairs_in(path.read_text()) == [("status", "running"), ("status", "deployed")]
    assert outputs_in(path.read_text()) == {"status": "deployed"}


def test_state_goes_to_its_own_file_and_keeps_line_ends(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_STATE")
    commands.save_state("deployment", "a\r\nb\n")
    commands.set_output("status", "running")
    assert pairs_in(path.read_bytes().decode()) == [("deployment", "a\r\nb\n")]


def test_a_value_that_holds_the_delimiter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "output"
    commands = WorkflowCommands({"GITHUB_OUTPUT": str(path)}, io.StringIO(), delimiter=lambda: "ghadelimiter_known")
    with pytest.raises(ValueError, match=r"The value of plan contains its own delimiter\."):
        commands.set_output("plan", "a\nghadelimiter_known\nstatus=deployed")
    assert not path.exists()


def test_a_name_that_could_be_a_line_of_its_own_is_refused() -> None:
    commands, _ = quiet()
    with pytest.raises(ValueError, match="is not a valid name for an output"):
        commands.set_output("a=b\nc", "")


def test_an_output_that_github_would_not_take_is_a_warning(tmp_path: Path) -> None:
    commands, path, log = with_file(tmp_path, "GITHUB_OUTPUT")
    commands.set_output("plan", "x" * (OUTPUT_BYTES + 1))
    message = "plan was not set: it exceeds GitHub's limit of 1 MB."
    assert commands_in(log.getvalue()) == [Command("warning", (), message)]
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_one_warning_and_no_end(tmp_path: Path) -> None:
    log = io.StringIO()
    commands = WorkflowCommands({"GITHUB_OUTPUT": str(tmp_path)}, log)
    commands.set_output("status", "running")
    commands.set_output("status", "deployed")
    message = "GITHUB_OUTPUT cannot be written (Is a directory); the deployment continues."
    assert commands_in(log.getvalue()) == [Command("warning", (), message)]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A file can grow to so many bytes, as on a disk that is full then: what fits is written, the rest is an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_output_that_does_not_fit_on_the_disk_leaves_nothing_of_itself(tmp_path: Path) -> None:
    commands, path, log = with_file(tmp_path, "GITHUB_OUTPUT")
    commands.set_output("status", "running")
    before = path.read_bytes()
    with files_of_at_most(len(before) + 150):
        commands.set_output("deployment", "x" * 200)
        assert path.read_bytes() == before
        commands.set_output("status", "ok")

    assert outputs_in(path.read_text()) == {"status": "ok"}
    assert commands.lost == {"deployment": "GITHUB_OUTPUT: File too large"}
    message = "GITHUB_OUTPUT cannot be written (File too large); the deployment continues."
    assert commands_in(log.getvalue()) == [Command("warning", (), message)]

    commands.write_lost()
    assert (outputs_in(path.read_text()), commands.lost) == ({"status": "ok", "deployment": "x" * 200}, {})


def test_on_a_full_disk_the_last_values_take_the_place_of_those_before(tmp_path: Path) -> None:
    commands, path, log = with_file(tmp_path, "GITHUB_STATE")
    commands.save_state("region", "us-east-1")
    for status in ("running", "deployed"):
        commands.save_state("deployment", f"{status}-{'x' * 200}")
    with files_of_at_most(path.stat().st_size):
        commands.save_state("status", "deployed")
        commands.save_state("deployment", "done")
    assert pairs_in(path.read_text()) == [
        ("region", "us-east-1"),
        ("deployment", f"deployed-{'x' * 200}"),
        ("status", "deployed"),
        ("deployment", "done"),
    ]
    assert (commands.lost, log.getvalue()) == ({}, "")


def test_a_state_that_does_not_fit_is_not_even_created(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_STATE")
    with files_of_at_most(10):
        commands.save_state("deployment", "x" * 200)
    assert (path.exists(), commands.lost) == (False, {"deployment": "GITHUB_STATE: File too large"})


def test_an_output_that_takes_its_old_value_again_is_not_lost(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_OUTPUT")
    commands.set_output("status", "running")
    with files_of_at_most(1):
        commands.set_output("status", "deployed")
    commands.set_output("status", "running")
    assert (outputs_in(path.read_text()), commands.lost) == ({"status": "running"}, {})


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STATE"])
def test_a_full_device_is_told(name: str) -> None:
    commands = WorkflowCommands({name: "/dev/full"}, io.StringIO())
    commands.set_output("status", "running")
    commands.save_state("status", "running")
    assert commands.lost == {"status": f"{name}: No space left on device"}


def test_a_summary_that_does_not_fit_leaves_the_one_before(tmp_path: Path) -> None:
    commands, path, log = with_file(tmp_path, "GITHUB_STEP_SUMMARY")
    commands.write_summary("first\n")
    with files_of_at_most(10):
        commands.write_summary("a second one that is longer\n")
    assert (path.read_text(), commands.lost) == ("first\n", {})
    assert [each.name for each in commands_in(log.getvalue())] == ["warning"]
    commands.write_summary("2\n")
    assert path.read_text() == "2\n"


def test_a_log_that_nobody_reads_any_more_is_no_end() -> None:
    log = io.StringIO()
    commands = WorkflowCommands({}, log)
    log.close()
    commands.log("still working")
    commands.set_output("status", "deployed")
    assert log.closed


def test_a_log_of_another_encoding_gets_question_marks() -> None:
    raw = io.BytesIO()
    log = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    WorkflowCommands({}, log).log("0/0/0 → 1/1/1")
    assert raw.getvalue() == b"0/0/0 ? 1/1/1\n"


def test_the_summary_is_replaced_as_a_whole(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_STEP_SUMMARY")
    commands.write_summary("a long first version\n")
    commands.write_summary("second\n")
    assert path.read_text() == "second\n"


def test_a_summary_that_is_too_long_is_cut_at_a_line_with_its_blocks_closed(tmp_path: Path) -> None:
    commands, path, _ = with_file(tmp_path, "GITHUB_STEP_SUMMARY")
    commands.write_summary("# Title\n<details><summary>Events</summary>\n\n````\n" + "0123456789\n" * 200_000)
    written = path.read_text()
    assert len(written.encode()) < SUMMARY_BYTES
    ending = "````\n\n</details>\n\n_Truncated at GitHub's limit of 1 MiB; see the log for the rest._\n"
    assert written.endswith("0123456789\n" + ending)


def test_what_was_masked_is_in_no_file_and_no_line(tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    log = io.StringIO()
    commands = WorkflowCommands(files, log)
    commands.mask("secret")
    commands.mask("secret-longer\nsecond line")
    masks = [Command("add-mask", (), text) for text in ("secret", "secret-longer", "second line")]
    assert commands_in(log.getvalue()) == masks
    log.truncate(0)
    log.seek(0)
    commands.log("secret and secret-longer")
    commands.open_group("second line of secret")
    commands.end_group()
    commands.annotate("error", "the second line", title="secret")
    commands.set_output("plan", "a secret")
    commands.write_summary("# second line")
    assert log.getvalue() == "*** and ***\n::group::*** of ***\n::endgroup::\n::error title=***::the ***\n"
    assert outputs_in(Path(files["GITHUB_OUTPUT"]).read_text()) == {"plan": "a ***"}
    assert Path(files["GITHUB_STEP_SUMMARY"]).read_text() == "# ***"


def test_what_is_read_again_keeps_a_name_that_is_also_a_secret(tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STATE")}
    commands = WorkflowCommands(files, io.StringIO())
    commands.mask("web_prod")
    commands.save_state("deployment", '{"app":"web_prod"}')
    commands.set_output("elastigroup-name", "web_prod", exact=True)
    assert [outputs_in(Path(file).read_text()) for file in files.values()] == [
        {"elastigroup-name": "web_prod"},
        {"deployment": '{"app":"web_prod"}'},
    ]


@pytest.mark.parametrize("odd", ["\u200b{}", "{}\ufeff", "x\x1b{}", "{}\n\u200b{}more", "tabbed\t\t{}"])
def test_a_secret_with_characters_that_do_not_print_is_hidden_as_it_is_printed(odd: str) -> None:
    commands, log = quiet()
    commands.mask(odd.format("hidden-value", "hidden-value"))
    before = len(log.getvalue())
    commands.log(odd.format("hidden-value", "hidden-value"))
    assert "hidden-value" not in log.getvalue()[before:]


@pytest.mark.parametrize("text", ["hidd…", "hidden-val…", "'hidden-value'", 'h\\u00fcd\\"…', 'hüd"…'])
def test_the_beginning_of_a_secret_that_was_cut_is_hidden(text: str) -> None:
    commands, _ = quiet()
    commands.mask("hidden-value")
    commands.mask('hüd"den')
    assert "h" not in commands.redact(text)


@pytest.mark.parametrize("value", ["a", "abc", "true", "None", "{\n}\n"])
def test_a_short_or_common_value_is_not_masked_and_that_is_said(value: str) -> None:
    commands, log = quiet()
    commands.mask(value)
    message = "A secret is too short (fewer than 4 characters) or too common to be masked in the log."
    assert commands_in(log.getvalue()) == [Command("warning", (("title", "Secret not masked"),), message)]
    assert commands.redact(f"x{value}") == f"x{value}"


def test_nothing_is_masked_for_an_empty_value() -> None:
    commands, log = quiet()
    commands.mask("")
    assert log.getvalue() == ""


def test_an_annotation_points_at_the_line_of_a_file() -> None:
    commands, log = quiet()
    commands.annotate(
        "error", "is not a number: 100%\nsee above", place=SourceLocation("deploy/a,b:c.yaml", 3, 7), title="Wrong"
    )
    expected = "::error file=deploy/a%2Cb%3Ac.yaml,line=3,col=7,title=Wrong::is not a number: 100%25%0Asee above\n"
    assert log.getvalue() == expected


def test_an_annotation_of_an_input_names_no_file() -> None:
    commands, log = quiet()
    commands.annotate("error", "is missing", place=SourceLocation("input load-balancers", 2, 1))
    assert log.getvalue() == "::error::is missing\n"


def test_the_eleventh_annotation_of_a_level_is_only_printed() -> None:
    commands, log = quiet()
    for number in range(12):
        commands.annotate("error", f"problem {number}", place=SourceLocation("a.yaml", number + 1))
    commands.annotate("notice", "another level")
    lines = log.getvalue().splitlines()
    assert lines[9] == "::error file=a.yaml,line=10,col=1::problem 9"
    assert lines[10:] == [
        "Error: a.yaml:11:1: problem 10",
        "Error: a.yaml:12:1: problem 11",
        "::notice::another level",
    ]


def test_a_message_is_cut_before_github_cuts_it() -> None:
    commands, log = quiet()
    commands.annotate("error", "x" * 5_000)
    assert log.getvalue() == "::error::" + "x" * 3_999 + "…\n"


def test_groups_do_not_nest() -> None:
    commands, log = quiet()
    commands.open_group("one")
    commands.open_group("two")
    commands.end_group()
    commands.end_group()
    assert log.getvalue() == "::group::one\n::endgroup::\n::group::two\n::endgroup::\n"


def test_a_line_that_looks_like_a_command_is_shown_behind_a_bar() -> None:
    commands, log = quiet()
    commands.log("  ::error::no\nplain ::error::\n##[group]x\tend")
    assert log.getvalue() == "| ::error::no\nplain ::error::\n## [group]x    end\n"


def test_a_secret_with_a_quote_is_hidden_in_json_as_well(tmp_path: Path) -> None:
    commands, file, _ = with_file(tmp_path, "GITHUB_OUTPUT")
    commands.mask('sword"fish')
    commands.set_output("deployment", '{"reason":"no sword\\"fish here"}')
    assert outputs_in(file.read_text(encoding="utf-8")) == {"deployment": '{"reason":"no *** here"}'}


def test_a_value_that_is_written_a_thousand_times_makes_no_long_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.touch()
    commands = WorkflowCommands({"GITHUB_STATE": str(path)}, io.StringIO())
    commands.save_state("region", "us-east-1")
    longest = 0
    for number in range(1000):
        commands.save_state("deployment", f"{number} {'x' * 1000}")
        longest = max(longest, path.stat().st_size)
    assert 60_000 < longest < LONG_BYTES + 2000
    assert outputs_in(path.read_text("utf-8")) == {"region": "us-east-1", "deployment": f"999 {'x' * 1000}"}
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


def test_values_that_are_long_but_not_outdated_are_not_written_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.touch()
    commands = WorkflowCommands({"GITHUB_OUTPUT": str(path)}, io.StringIO())
    commands.set_output("plan", "y" * 100_000, exact=True)
    same_file = path.stat().st_ino
    for number in range(50):
        commands.set_output("deployment", f"{number} {'x' * 1000}", exact=True)
    assert path.stat().st_ino == same_file
    assert outputs_in(path.read_text("utf-8")) == {"plan": "y" * 100_000, "deployment": f"49 {'x' * 1000}"}


def test_what_others_wrote_into_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("theirs=1\n", encoding="utf-8")
    commands = WorkflowCommands({"GITHUB_OUTPUT": str(path)}, io.StringIO())
    for number in range(200):
        commands.set_output("deployment", f"{number} {'x' * 1000}", exact=True)
    assert path.read_text("utf-8").startswith("theirs=1\n")
    assert path.stat().st_size > 200_000
