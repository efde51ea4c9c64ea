"""The context of the expressions in inputs and in an execution document: the values that they resolve to."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.documents import definitions as documents
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_text
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    WorkflowValues,
    resolve_documents,
)
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.pipeline.harness import stated_pipeline
from spotaction.pipeline.run_values import run_values


def workflow_values(inputs: Inputs, runner: WorkflowRun) -> WorkflowValues:
    """Return the values that the workflow provides; raises `InvalidError` for an artifact-version without a value."""
    bare = _unresolved_values(inputs, runner)
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


def _unresolved_values(inputs: Inputs, runner: WorkflowRun) -> WorkflowValues:
    return WorkflowValues(
        artifact_source=inputs.artifact_source,
        ami_id=inputs.ami_id,
        variables=inputs.variables,
        secrets=inputs.secrets,
        matrix=inputs.matrix,
        github={key: value for key, value in runner.github.items() if value},
        environment={"name": inputs.environment} if inputs.environment else {},
        pipeline=stated_pipeline(inputs.execution, runner),
        run=run_values(runner),
        deferred=deferred_names(inputs),
    )


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
        everything = replace(_unresolved_values(inputs, runner), deferred=SERVICE_NAMES | INFRASTRUCTURE_NAMES)
        return resolve_documents(None, None, everything).context
    files = {problem.place.file.lstrip("/") if problem.place else "" for problem in wrong}
    deferred = found.deferred
    for path, names in ((inputs.service, SERVICE_NAMES), (inputs.infrastructure, INFRASTRUCTURE_NAMES)):
        deferred |= names if files & {"", path.lstrip("/")} else frozenset()
    return replace(found, deferred=deferred)
