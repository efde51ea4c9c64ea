"""Flags, variables and files become the inputs of the action; everything that cannot be used is an error at once."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.cli.environment import build_environment
from spotaction.cli.flags import read_table
from spotaction.model.errors import InvalidError

TOKEN = {"SPOTINST_TOKEN": "t"}


def built(given: Mapping[str, str] = {}, **environ: str) -> Mapping[str, str]:
    return build_environment("deploy", given, {**TOKEN, **environ}).variables


def inputs(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("INPUT_")}


def wrong(given: Mapping[str, str], **environ: str) -> list[str]:
    with pytest.raises(InvalidError) as error:
        build_environment("deploy", given, environ)
    return [str(problem) for problem in error.value.problems]


def test_a_flag_wins_over_its_variable_and_says_so() -> None:
    found = build_environment("plan", {"app-name": "a"}, {**TOKEN, "SPOTACTION_APP_NAME": "b"})
    assert inputs(found.variables) == {"INPUT_APP-NAME": "a", "INPUT_OPERATION": "plan"}
    assert found.notes == ("--app-name is given, so SPOTACTION_APP_NAME is ignored.",)


def test_a_variable_counts_where_its_flag_is_not_given() -> None:
    found = build_environment("plan", {}, {**TOKEN, "SPOTACTION_APP_NAME": "b", "SPOTACTION_STRATEGY": ""})
    assert inputs(found.variables) == {"INPUT_APP-NAME": "b", "INPUT_OPERATION": "plan"}
    assert found.notes == ()


def test_a_flag_without_a_value_is_not_taken_for_one_that_was_left_out() -> None:
    """An unset variable of a script: without its version, a rollback would be that of the last deployment."""
    assert wrong({"rollback-to": "", "app-name": ""}, SPOTACTION_APP_NAME="web") == [
        "--rollback-to: is empty (give it a value, or leave it out)",
        "--app-name: is empty (give it a value, or leave it out)",
    ]


def test_inputs_of_something_else_in_the_environment_do_not_count() -> None:
    assert inputs(built(INPUT_STRATEGY="canary", INPUT_FOO="1")) == {"INPUT_OPERATION": "deploy"}


def test_every_variable_that_is_no_flag_is_an_error_but_outputs_of_an_earlier_run() -> None:
    environ = {"SPOTACTION_APPNAME": "a", "SPOTACTION_QQQQ": "", "SPOTACTION_OUTPUT_STATUS": "deployed"}
    environ |= {"SPOTACTION_OLD_SERVICE": "50%"}
    assert wrong({}, **TOKEN, **environ) == [
        "SPOTACTION_APPNAME: is not a variable for a flag (did you mean SPOTACTION_APP_NAME?)",
        "SPOTACTION_QQQQ: is not a variable for a flag (unset it)",
        "SPOTACTION_OLD_SERVICE: is no longer a variable for a flag (write it as old-instances)",
    ]


def test_a_value_after_an_at_sign_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lb.yaml").write_text("- loadBalancer: web\n", encoding="utf-8")
    found = inputs(built({"load-balancers": "@lb.yaml", "variables": "@lb.yaml"}))
    assert found["INPUT_LOAD-BALANCERS"] == "- loadBalancer: web\n"
    assert found["INPUT_VARIABLES"] == "@lb.yaml"


def test_two_signs_begin_a_value_with_one() -> None:
    assert built({"app-name": "@@web"})["INPUT_APP-NAME"] == "@web"


def test_every_file_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin").write_bytes(b"\xff")
    given = {"load-balancers": "@none.yaml", "secrets": "@latin", "alarms": "@."}
    assert sorted(wrong(given, **TOKEN)) == [
        "--alarms: '.' cannot be read (Is a directory) (correct it)",
        "--load-balancers: 'none.yaml' cannot be read (No such file or directory) (correct it)",
        "--secrets: 'latin' cannot be read (not UTF-8) (correct it)",
    ]


@pytest.mark.parametrize(
    ("environ", "run"),
    [
        ({"GITLAB_CI": "true", "CI_JOB_ID": "77"}, "gitlab-77"),
        ({"BUILD_TAG": "jenkins-a folder/ä.b-12"}, "jenkins-jenkins-a-folder---b-12"),
        ({"BUILD_TAG": f"jenkins-{'x' * 60}-12"}, f"{'x' * 29}-12"),
        ({"CIRCLE_BUILD_NUM": "9"}, "circleci-9"),
        ({"BUILDKITE_BUILD_NUMBER": "9"}, "buildkite-9"),
        ({"GITHUB_RUN_ID": "4711"}, "4711"),
    ],
)
def test_the_run_has_the_name_of_the_job_at_its_ci(environ: dict[str, str], run: str) -> None:
    assert built({}, **environ)["GITHUB_RUN_ID"] == run


def test_a_run_on_a_laptop_is_named_after_the_person_and_differs_from_the_next() -> None:
    ids = {built({}, USER="anna")["GITHUB_RUN_ID"] for _ in range(20)}
    assert {name[:11] for name in ids} == {"local-anna-"}
    assert len(ids) > 1


def test_a_run_on_a_laptop_of_nobody_has_a_name_without_a_gap() -> None:
    name = built({})["GITHUB_RUN_ID"]
    assert re.fullmatch(r"local-[0-9a-f]{4}", name), name


def test_on_github_the_runner_names_the_run() -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "1", "CI_JOB_ID": "2", "USER": "runner"}
    found = built({}, **environ)
    assert {name: found.get(name) for name in ("GITHUB_RUN_ID", "GITHUB_ACTOR", "GITHUB_WORKSPACE")} == {
        "GITHUB_RUN_ID": "1",
        "GITHUB_ACTOR": None,
        "GITHUB_WORKSPACE": None,
    }


def credentials(tmp_path: Path, text: str, name: str = ".spotinst/credentials") -> Path:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "[default]\ntoken = of-file\naccount = act-1\n",
        "# mine\n[other]\ntoken=x\n[default]\ntoken=of-file\naccount=act-1",
        '{"token": "of-file", "account": "act-1"}',
        '{"default": {"token": "of-file", "account": "act-1"}}',
        "default:\n  token: of-file\n  account: act-1\n",
    ],
)
def test_the_token_of_spots_own_command_line_counts_if_there_is_no_other(text: str, tmp_path: Path) -> None:
    file = credentials(tmp_path, text)
    found = build_environment("plan", {}, {"HOME": str(tmp_path)})
    assert found.variables["INPUT_SPOT-TOKEN"] == "of-file"
    assert found.variables["INPUT_SPOT-ACCOUNT-ID"] == "act-1"
    assert found.notes == (f"The Spot token comes from {file}.",)


def test_a_profile_and_another_file_may_be_named(tmp_path: Path) -> None:
    file = credentials(tmp_path, "[default]\ntoken=a\n[prod]\ntoken=b\n", "elsewhere/spot")
    environ = {"SPOTINST_SHARED_CREDENTIALS_FILE": str(file), "SPOTINST_PROFILE": "prod"}
    assert build_environment("plan", {}, environ).variables["INPUT_SPOT-TOKEN"] == "b"


@pytest.mark.parametrize("environ", [TOKEN, {"SPOTACTION_SPOT_TOKEN": "t"}, {"GITHUB_ACTIONS": "true"}])
def test_the_file_is_not_read_where_there_is_a_token_or_a_workflow(environ: dict[str, str], tmp_path: Path) -> None:
    credentials(tmp_path, "neither INI nor anything else: [")
    found = build_environment("plan", {}, {**environ, "HOME": str(tmp_path)})
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("token: [", "cannot be read as INI, JSON or YAML"),
        ("[default]\ntoken=s3cret-s3cret\ntoken=s3cret-s3cret\n", "cannot be read as INI, JSON or YAML"),
        ("[other]\ntoken=s3cret-s3cret\n", "has no token for the profile default"),
        ("default: s3cret-s3cret\n", "has no token for the profile default"),
        ("{}", "has no token for the profile default"),
        ('{"token": 7}', "has no token for the profile default"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_which_quotes_nothing_of_it(
    text: str, message: str, tmp_path: Path
) -> None:
    file = credentials(tmp_path, text)
    hint = "correct the file, or set SPOTINST_TOKEN"
    assert wrong({}, HOME=str(tmp_path)) == [f"--spot-token: the credentials file {file} {message} ({hint})"]


def test_each_flag_has_a_variable_of_its_own() -> None:
    variables = [flag.variable for flag in read_table().flags]
    assert len(set(variables)) == len(variables)
