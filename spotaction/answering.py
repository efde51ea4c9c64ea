"""What the expressions in inputs and in an execution document may look up."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction import definitions as documents
from spotaction.errors import InvalidError, Problem
from spotaction.expressions import Context
from spotaction.inputs import Inputs, Runner
from spotaction.model import JsonValue
from spotaction.scope import Given

_SERVICE, _INFRASTRUCTURE = frozenset({"service", "serviceVariables"}), frozenset({"infra", "env"})


def given(inputs: Inputs, runner: Runner) -> Given:
    """What the workflow gives beside the documents."""
    return Given(
        artifact_version=inputs.artifact_version,
        artifact_source=inputs.artifact_source,
        ami_id=inputs.ami_id,
        variables=inputs.variables,
        secrets=inputs.secrets,
        matrix=inputs.matrix,
        github=dict(runner.github),
        environment={"name": inputs.environment} if inputs.environment else {},
    )


def context(inputs: Inputs, runner: Runner) -> Context:
    """Where no definitions are needed: what the documents that there are say. Raises `InvalidError`."""
    if not inputs.service and not inputs.infrastructure:
        return _of_inputs(inputs, runner)
    return documents.known(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=given(inputs, runner),
    )


def without_documents(inputs: Inputs, runner: Runner) -> Context:
    """What an execution document may look up on its own; what others would say is left open."""
    open_names = {*_SERVICE, "infra", *(() if inputs.environment else ("env",))}
    return replace(context(inputs, runner), late=frozenset(open_names))


def beside_wrong_ones(inputs: Inputs, runner: Runner, wrong: Sequence[Problem]) -> Context:
    """Where documents are wrong: what those may have spoilt is left open."""
    try:
        found = context(inputs, runner)
    except InvalidError:
        return replace(_of_inputs(inputs, runner), late=_SERVICE | _INFRASTRUCTURE)
    files = {problem.place.file.lstrip("/") if problem.place else "" for problem in wrong}
    late = found.late
    for path, names in ((inputs.service, _SERVICE), (inputs.infrastructure, _INFRASTRUCTURE)):
        late |= names if files & {"", path.lstrip("/")} else frozenset()
    return replace(found, late=late)


def _of_inputs(inputs: Inputs, runner: Runner) -> Context:
    variables = dict(inputs.variables)
    roots: dict[str, JsonValue] = {
        "env": {"name": inputs.environment, "identifier": inputs.environment},
        "variables": variables,
        "stage": {"variables": variables},
        "pipeline": {"variables": variables},
        "matrix": dict(inputs.matrix),
        "github": dict(runner.github),
    }
    return Context(roots=roots, secrets=inputs.secrets)
