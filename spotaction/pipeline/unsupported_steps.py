"""The schema of execution documents; steps and actions of Harness that are not supported, with what to use instead."""

from collections.abc import Iterator, Mapping, Sequence

from spotaction.documents.source import Document, check_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.unsupported import other_kind, template_problem
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue
from spotaction.pipeline.stages import is_elastigroup_stage

_APPROVAL = (
    "use a GitHub environment with reviewers: stop after a step with the input until, and resume with operation "
    "continue in a job of that environment"
)
_COMMAND = "make it a step of the workflow, before or after this one"
_FUNCTION = (
    "if it tests the release, write a check of the kind lambda in the input checks; else make it a step of the workflow"
)
_STEPS: Mapping[str, str] = {
    **dict.fromkeys(("HarnessApproval", "JiraApproval", "ServiceNowApproval", "CustomApproval"), _APPROVAL),
    **dict.fromkeys(("ShellScript", "Run", "Command", "Plugin", "Action", "Container"), _COMMAND),
    "Email": "notify in a step of the workflow after this one, by its output status",
    **dict.fromkeys(("Lambda", "AwsLambdaDeploy", "ServerlessAwsLambdaDeploy"), _FUNCTION),
    **dict.fromkeys(("JiraCreate", "JiraUpdate", "ServiceNowCreate", "ServiceNowUpdate"), _COMMAND),
    **dict.fromkeys(
        ("Barrier", "Queue", "ResourceConstraint"), "use the workflow's concurrency, and needs of its jobs"
    ),
    "Policy": "write enforce.policySets with the path of a policy file",
}
# Each action with the reason why it is not supported, and what to write instead.
_ACTIONS: Mapping[str, tuple[str, str]] = {
    "ManualIntervention": (
        "nobody can be asked while a job runs",
        "write the action of its onTimeout, or Abort, which leaves everything to operation continue or rollback",
    ),
    "ProceedWithDefaultValues": (
        "inputs are read before the first step and cannot time out",
        "remove this strategy, and give the default with <+input>.default(…)",
    ),
    "RetryStepGroup": (
        "steps that have finished cannot be undone and repeated",
        "write Retry in the failure strategies of its steps",
    ),
}
_RETRY_CONDITION = (
    "a condition of Retry is not supported: steps have no output that it could compare",
    "remove it, and list the errors to retry in errors",
)


def schema_problems(document: Document) -> Iterator[Problem]:
    """The unsupported parts of an execution document, then every other problem of its schema."""
    other = other_kind(document)
    if other is not None:
        yield other
        return
    refused = list(_find_unsupported(document))
    reported = {problem.subject for problem in refused}
    reported |= {subject.removesuffix(".template") for subject in reported}
    yield from refused
    yield from (problem for problem in check_document(document, "execution") if problem.subject not in reported)


def _find_unsupported(document: Document) -> Iterator[Problem]:
    for path, value in _walk_values(document.value, ()):
        match path:
            case [*_, "step", "type"] if isinstance(value, str) and value in _STEPS:
                yield _problem_at(document, path, f"steps of type {value} are not supported", _STEPS[value])
            case [*_, "action", "type"] if isinstance(value, str) and value in _ACTIONS:
                reason, hint = _ACTIONS[value]
                yield _problem_at(document, path, f"the action {value} is not supported: {reason}", hint)
            case [*_, "action", "spec", "condition"]:
                yield _problem_at(document, path, *_RETRY_CONDITION)
            case [*_, "step" | "stepGroup" | "stage" | "pipeline", "template"]:
                yield template_problem(document, path)
            case _:
                continue


def _problem_at(document: Document, path: Path, message: str, hint: str) -> Problem:
    place = document.key_place(path) if path[-1] == "condition" else document.location_of(path)
    return Problem(message, dotted_path(path), place, hint)


def _walk_values(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    yield path, value
    if path[-1:] == ("template",):
        return  # what is below is for its content
    if path[-1:] == ("stage",) and not is_elastigroup_stage(value):
        return  # it is not run here, so that it may contain anything
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk_values(inner, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _walk_values(inner, (*path, index))
