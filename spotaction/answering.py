"""What the expressions in inputs and in an execution document may look up."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction import definitions as documents
from spotaction.choices import Operation
from spotaction.errors import InvalidError, Problem
from spotaction.expressions import Context, resolve_text
from spotaction.inputs import Inputs, Runner
from spotaction.scope import INFRASTRUCTURE_NAMES, SERVICE_NAMES, Given, settle


def given(inputs: Inputs, runner: Runner) -> Given:
    """What the workflow gives beside the documents; raises `InvalidError` for an artifact-version without a value."""
    bare = _bare(inputs, runner)
    version = resolve_text(inputs.artifact_version, settle(None, None, bare).context, where="artifact-version")
    return replace(bare, artifact_version=version)


def left_open(inputs: Inputs) -> frozenset[str]:
    """The names of documents that are missing where documents are validated on their own, without a deployment."""
    if inputs.operation is not Operation.VALIDATE:
        return frozenset()
    service = frozenset() if inputs.service or inputs.ami_id else SERVICE_NAMES
    infrastructure = frozenset() if inputs.infrastructure or inputs.elastigroup_config else INFRASTRUCTURE_NAMES
    return (service | infrastructure) - ({"env"} if inputs.environment else set())


def _bare(inputs: Inputs, runner: Runner) -> Given:
    return Given(
        artifact_source=inputs.artifact_source,
        ami_id=inputs.ami_id,
        variables=inputs.variables,
        secrets=inputs.secrets,
        matrix=inputs.matrix,
        github={key: value for key, value in runner.github.items() if value},
        environment={"name": inputs.environment} if inputs.environment else {},
        open=left_open(inputs),
    )


def context(inputs: Inputs, runner: Runner) -> Context:
    """Where no definitions are needed: what the documents that there are say. Raises `InvalidError`."""
    return documents.known(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=given(inputs, runner),
    )


def beside_wrong_ones(inputs: Inputs, runner: Runner, wrong: Sequence[Problem]) -> Context:
    """Where documents are wrong: what those may have spoilt is left open."""
    try:
        found = context(inputs, runner)
    except InvalidError:
        everything = replace(_bare(inputs, runner), open=SERVICE_NAMES | INFRASTRUCTURE_NAMES)
        return settle(None, None, everything).context
    files = {problem.place.file.lstrip("/") if problem.place else "" for problem in wrong}
    late = found.late
    for path, names in ((inputs.service, SERVICE_NAMES), (inputs.infrastructure, INFRASTRUCTURE_NAMES)):
        late |= names if files & {"", path.lstrip("/")} else frozenset()
    return replace(found, late=late)
