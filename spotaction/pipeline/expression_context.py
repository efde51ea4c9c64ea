"""The context of the expressions in inputs and in an execution document: the values that they resolve to."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.documents import definitions as documents
from spotaction.documents.accessors import as_mapping, as_plain_text
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_text
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    WorkflowValues,
    resolve_documents,
)
from spotaction.documents.input_sets import VariablesFile, read_variables
from spotaction.documents.loader import of_input
from spotaction.documents.source import Document
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonObject
from spotaction.pipeline.run_values import run_values

#: What stands for the version that a run would give where the live groups tell it.
ANY_VERSION = "any version"


def workflow_values(inputs: Inputs, runner: WorkflowRun) -> WorkflowValues:
    """Return the values that the workflow provides.

    Raises `InvalidError` for an artifact-version without a value, and for a file of variables that cannot be used.
    """
    variables = _read_variables(inputs, runner)
    bare = _unresolved_values(inputs, runner, variables)
    if problems := bare.input_set.ambiguous_stages():
        raise InvalidError(problems)
    version = resolve_text(
        inputs.artifact_version, resolve_documents(None, None, bare).context, where="artifact-version"
    )
    return replace(bare, artifact_version=version)


def deferred_names(inputs: Inputs) -> frozenset[str]:
    """Return the roots of expressions that stay open because `validate` is given no document that defines them."""
    if inputs.operation is not Operation.VALIDATE:
        return frozenset()
    service = frozenset() if inputs.service or inputs.ami_id else SERVICE_NAMES
    infrastructure = frozenset() if inputs.infrastructure or inputs.elastigroup_config else INFRASTRUCTURE_NAMES
    return (service | infrastructure) - ({"env"} if inputs.environment else set())


def _read_variables(inputs: Inputs, runner: WorkflowRun) -> VariablesFile:
    """The input `variables`, from its file if it names one; raises `InvalidError`."""
    if not inputs.variables.file:
        return VariablesFile(inputs.variables.values)
    try:
        roots = (runner.temp,) if runner.temp else ()
        return read_variables(inputs.variables.file, workspace=runner.workspace, roots=roots)
    except InvalidError as error:
        raise InvalidError(of_input("variables", error.problems)) from error


def _unresolved_values(inputs: Inputs, runner: WorkflowRun, variables: VariablesFile) -> WorkflowValues:
    document, stated = _read_pipeline(inputs, runner)
    stage = as_mapping(stated.get("stage"))
    input_set = replace(variables.input_set, stage=as_plain_text(stage.get("identifier") or stage.get("name")))
    answers, unused = input_set.match(document)
    return WorkflowValues(
        ami_id=inputs.ami_id or (ANY_VERSION if inputs.operation is Operation.DRIFT or inputs.rollback_to else ""),
        variables={**input_set.variables(), **variables.values},
        places=variables.places,
        input_set=input_set,
        answers=answers,
        unused=unused,
        secrets=inputs.secrets,
        matrix=inputs.job_matrix.values,
        github={key: value for key, value in runner.github.items() if value},
        environment={"name": inputs.environment} if inputs.environment else {},
        pipeline=stated,
        run=run_values(runner),
        deferred=deferred_names(inputs),
    )


def _read_pipeline(inputs: Inputs, runner: WorkflowRun) -> tuple[Document | None, JsonObject]:
    if not inputs.execution:
        return None, {}
    from spotaction.pipeline.harness import stated_pipeline  # noqa: PLC0415 - plain inputs need nothing of it

    return stated_pipeline(inputs.execution, runner)


def expression_context(inputs: Inputs, runner: WorkflowRun) -> Context:
    """Return the context from the documents that are given, where not all are needed; raises `InvalidError`."""
    return documents.expression_context(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=workflow_values(inputs, runner),
    )


def context_without_wrong(inputs: Inputs, runner: WorkflowRun, wrong: Sequence[Problem]) -> Context:
    """Return the context in which the values of documents with problems (`wrong`) are deferred."""
    try:
        found = expression_context(inputs, runner)
    except InvalidError:
        everything = replace(
            _unresolved_values(inputs, runner, VariablesFile(inputs.variables.values)),
            deferred=SERVICE_NAMES | INFRASTRUCTURE_NAMES,
            is_offline=bool(inputs.variables.file),  # what the file would give is no second problem
        )
        return resolve_documents(None, None, everything).context
    files = {problem.place.file.lstrip("/") if problem.place else "" for problem in wrong}
    deferred = found.deferred
    for path, names in ((inputs.service, SERVICE_NAMES), (inputs.infrastructure, INFRASTRUCTURE_NAMES)):
        deferred |= names if files & {"", path.lstrip("/")} else frozenset()
    return replace(found, deferred=deferred)
