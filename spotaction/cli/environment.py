"""From flags and variables to the environment that the action reads: `INPUT_…`, and the run as its CI names it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from secrets import token_hex

from spotaction.cli.flags import OUTPUT, VARIABLE, Flag, read_table
from spotaction.cli.token_file import Credentials, read_credentials
from spotaction.inputs.retired import retired_input
from spotaction.model.errors import InvalidError, Problem

_LONGEST = 32  # characters of a run's id, which is in the marker
#: How other CIs name what GitHub's runner names GITHUB_…; the first that is set counts.
_ELSEWHERE: Mapping[str, Sequence[str]] = {
    "GITHUB_ACTOR": ("GITLAB_USER_LOGIN", "BUILD_USER_ID", "CIRCLE_USERNAME", "BUILDKITE_BUILD_CREATOR", "USER"),
    "GITHUB_SHA": ("CI_COMMIT_SHA", "GIT_COMMIT", "CIRCLE_SHA1", "BUILDKITE_COMMIT"),
    "GITHUB_REF_NAME": ("CI_COMMIT_REF_NAME", "BRANCH_NAME", "CIRCLE_BRANCH", "BUILDKITE_BRANCH"),
    "GITHUB_JOB": ("CI_JOB_NAME", "JOB_NAME", "CIRCLE_JOB", "BUILDKITE_LABEL"),
}
#: What names a job at other CIs, so that a marker shows people who deploys.
_RUNS: Mapping[str, str] = {
    "gitlab": "CI_JOB_ID",
    "jenkins": "BUILD_TAG",
    "circleci": "CIRCLE_BUILD_NUM",
    "buildkite": "BUILDKITE_BUILD_NUMBER",
}


@dataclass(frozen=True)
class RunEnvironment:
    """The variables of the run, and what to tell about where its values come from."""

    variables: Mapping[str, str]
    notes: tuple[str, ...] = ()


def is_on_github(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of GitHub Actions, whose log and files have their own form."""
    return environ.get("GITHUB_ACTIONS") == "true"


def build_environment(operation: str, given: Mapping[str, str], environ: Mapping[str, str]) -> RunEnvironment:
    """Return the environment of a run of the action with these flags: `given` are their values, by input.

    A flag wins over its variable. The token of Spot's own command line counts if no other is set. Raises `InvalidError`
    with every variable and file that cannot be used.
    """
    problems = list(_unknown_variables(environ))
    values: dict[str, str] = {}
    notes: list[str] = []
    for flag in read_table().flags:
        inherited = environ.get(flag.variable, "")
        text = given.get(flag.name, inherited)
        if flag.name in given and inherited and inherited != text:
            notes.append(f"{flag.option} is given, so {flag.variable} is ignored.")
        if flag.name in given and not text:
            # Such as an unset variable of a script: without its version, a rollback would be another one.
            problems.append(Problem("is empty", flag.option, hint="give it a value, or leave it out"))
        try:
            values[flag.name] = _read_file(flag, text)
        except InvalidError as error:
            problems += error.problems
    try:
        credentials = Credentials() if _has_token(values, environ) else read_credentials(environ)
    except InvalidError as error:
        credentials = Credentials()
        problems += error.problems
    if problems:
        raise InvalidError(problems)
    if credentials.token:
        values["spot-token"] = credentials.token
        values["spot-account-id"] = _first(
            values["spot-account-id"], environ.get("SPOTINST_ACCOUNT"), credentials.account
        )
        notes.append(f"The Spot token comes from {credentials.file}.")
    outside = {name: value for name, value in environ.items() if not name.startswith(("INPUT_", VARIABLE))}
    named = {f"INPUT_{name.upper()}": value for name, value in values.items() if value}
    return RunEnvironment({**outside, **_run_variables(environ), **named, "INPUT_OPERATION": operation}, tuple(notes))


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[Problem]:
    known = [flag.variable.removeprefix(VARIABLE) for flag in read_table().flags]
    for variable in environ:
        name = variable.removeprefix(VARIABLE)
        if variable.startswith(VARIABLE) and not variable.startswith(OUTPUT) and name not in known:
            near = get_close_matches(name, known, n=1)
            if retired := retired_input(name.lower().replace("_", "-")):
                yield replace(retired, message="is no longer a variable for a flag", subject=variable)
                continue
            hint = f"did you mean {VARIABLE}{near[0]}?" if near else "unset it"
            yield Problem("is not a variable for a flag", variable, hint=hint)


def _read_file(flag: Flag, text: str) -> str:
    """Return the value, or the content of the file that it names after `@`; `@@` begins a value with `@`.

    `variables` reads its file by itself.
    """
    if not text.startswith("@") or flag.name == "variables":
        return text
    if text.startswith("@@"):
        return text[1:]
    path = Path(text[1:])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
        raise InvalidError([Problem(f"{str(path)!r} cannot be read ({why})", flag.option, hint="correct it")]) from None


def _has_token(values: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    return bool(values.get("spot-token") or environ.get("SPOTINST_TOKEN") or is_on_github(environ))


def _run_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The run in GitHub's variables; on GitHub they are there. The documents are in the folder of the command."""
    if is_on_github(environ):
        return {}
    found = {name: _first(*(environ.get(other) for other in others)) for name, others in _ELSEWHERE.items()}
    local = "-".join(filter(None, ("local", found["GITHUB_ACTOR"], token_hex(2))))
    run = next((f"{ci}-{environ[name]}" for ci, name in _RUNS.items() if environ.get(name)), local)
    found["GITHUB_RUN_ID"] = re.sub(r"[^\w-]", "-", run, flags=re.ASCII)[-_LONGEST:]
    found["GITHUB_WORKSPACE"] = str(Path.cwd())
    return {name: environ.get(name) or value for name, value in found.items() if environ.get(name) or value}


def _first(*texts: str | None) -> str:
    return next((text for text in texts if text), "")
