"""Reads the inputs and the workflow run from the environment."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from spotaction.documents.scalars import value_error
from spotaction.inputs.fields import FIELDS, VALUES, InputField, Inputs
from spotaction.inputs.parsers import EXPRESSION
from spotaction.inputs.retired import retired_input
from spotaction.inputs.rules import rule_violations
from spotaction.model.deployment import JOB, Run
from spotaction.model.errors import InvalidError, Problem

_PREFIX = "INPUT_"
_DOCKER = ("args", "entrypoint")  # the runner accepts these two for every docker action
_GITHUB = (
    "actor",
    "base_ref",
    "event_name",
    "head_ref",
    "job",
    "ref",
    "ref_name",
    "ref_type",
    "repository",
    "repository_owner",
    "run_id",
    "run_number",
    "sha",
    "triggering_actor",
    "workflow",
)


@dataclass(frozen=True)
class WorkflowRun:
    """The workflow run, the values of `<+github.…>`, and the runner's folders.

    `event` is the file with the payload of the event that started the run.
    """

    run: Run = field(default_factory=Run)
    github: Mapping[str, str] = field(default_factory=dict)
    workspace: Path = Path()
    temp: Path | None = None
    event: Path | None = None


@dataclass(frozen=True)
class InputsResult:
    """The inputs as far as they could be read, with all their problems.

    `unread` are the attributes of `Inputs` that could not be read and have their defaults.
    """

    inputs: Inputs
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()


def read_environment(environ: Mapping[str, str]) -> InputsResult:
    """Return the inputs of this run together with all their problems; raises nothing."""
    texts: dict[str, str] = {}
    problems = list(_collect_texts(environ, texts))
    values: dict[str, object] = {}
    for entry in VALUES:
        try:
            values[entry.attribute] = entry.parse(_refuse_expression(entry, _input_text(entry, texts, environ)))
        except InvalidError as error:
            problems += [_with_subject(problem, entry.name) for problem in error.problems]
    inputs = Inputs(**values)  # type: ignore[arg-type]  # each value comes from the parser of its own field
    problems += _broken_rules(inputs, texts, values)
    unread = frozenset(entry.attribute for entry in VALUES) - values.keys()
    return InputsResult(inputs, tuple(problems), frozenset(unread))


def read_runner(environ: Mapping[str, str]) -> WorkflowRun:
    """Return the workflow run from the runner's variables; outside of a workflow most fields are empty."""
    run = Run(
        id=environ.get("GITHUB_RUN_ID", ""),
        attempt=environ.get("GITHUB_RUN_ATTEMPT", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        server=environ.get("GITHUB_SERVER_URL") or Run().server,
        job=_job_id(environ),
    )
    temp, event = environ.get("RUNNER_TEMP"), environ.get("GITHUB_EVENT_PATH")
    return WorkflowRun(
        run=run,
        github={key: environ.get(f"GITHUB_{key.upper()}", "") for key in _GITHUB},
        workspace=Path(environ.get("GITHUB_WORKSPACE") or "."),
        temp=Path(temp) if temp else None,
        event=Path(event) if event else None,
    )


def _job_id(environ: Mapping[str, str]) -> str:
    """Return a short hash of the job and its runner: no two jobs of a matrix have the same one at the same time."""
    names = [environ.get(name, "") for name in ("GITHUB_JOB", "RUNNER_NAME")]
    return "".join(hashlib.sha256(name.encode()).hexdigest()[: JOB // 2] for name in names) if all(names) else ""


def _collect_texts(environ: Mapping[str, str], texts: dict[str, str]) -> Iterator[Problem]:
    """Fill `texts` by input name; the runner keeps hyphens in variables, shells only allow underscores."""
    names = [entry.name for entry in FIELDS]
    for variable, value in environ.items():
        if not variable.startswith(_PREFIX):
            continue
        name, text = variable.removeprefix(_PREFIX).lower().replace("_", "-"), value.strip()
        if name in _DOCKER:
            if text:
                yield Problem("is not an input of this action", name, hint="remove it")
        elif gone := retired_input(name):
            yield gone
        elif name not in names:
            near = get_close_matches(name, names, n=1)
            yield Problem("is not an input", name, hint=f"did you mean {near[0]}?" if near else "remove it")
        elif not _is_unicode(text):
            yield Problem("is not UTF-8", name, hint="save the file that it comes from as UTF-8")
        elif texts.get(name) and text and texts[name] != text:
            yield Problem("is set twice, with different values", name, hint=f"unset one of its {_PREFIX}… variables")
        else:
            texts[name] = text or texts.get(name, "")


def _is_unicode(text: str) -> bool:
    """Whether a text is valid Unicode: bytes that are not UTF-8 arrive as lone surrogates, which no API accepts."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _input_text(entry: InputField, texts: Mapping[str, str], environ: Mapping[str, str]) -> str:
    candidates = (texts.get(entry.name, ""), *(environ.get(name, "").strip() for name in entry.env), entry.default)
    return next((text for text in candidates if text), "")


def _refuse_expression(entry: InputField, text: str) -> str:
    """Return the text; raises `InvalidError` for an expression that would be taken literally."""
    if EXPRESSION in text and not entry.expressions:
        raise value_error(
            "contains an expression, but expressions are not resolved in this input", "write the value itself"
        )
    return text


def _broken_rules(inputs: Inputs, texts: Mapping[str, str], values: Mapping[str, object]) -> list[Problem]:
    unread = {entry.name for entry in FIELDS if entry.attribute not in values}
    # The runner passes defaults like values from the workflow, so a value equal to its default was not given.
    given = frozenset(entry.name for entry in FIELDS if texts.get(entry.name, "") not in ("", entry.default))
    broken = rule_violations(inputs, given)
    return [violation.problem for violation in broken if unread.isdisjoint(violation.concluded_from)]


def _with_subject(problem: Problem, name: str) -> Problem:
    return replace(problem, subject=problem.subject or name)
