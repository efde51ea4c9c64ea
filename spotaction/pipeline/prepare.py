"""From inputs and documents to what is executed: expressions filled in, everything checked, nothing sent anywhere."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from spotaction.documents import definitions as documents
from spotaction.documents.definitions import Definitions
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import InputsResult, WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.execution import Execution
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import AppName, Image, JsonObject, JsonValue
from spotaction.pipeline import expression_context
from spotaction.pipeline.describe import (
    as_far_as_told,
    collect_problems,
    describe_execution,
    empty_execution,
    filled_in,
    is_open,
    unchecked,
    unresolved_expressions,
)

# Without these, what a document asks for would seem to be missing.
_ANSWERING = frozenset(
    {
        "service",
        "infrastructure",
        "elastigroup_config",
        "execution",
        "startup_script",
        "environment",
        "artifact_version",
        "artifact_source",
        "ami_id",
        "variables",
        "secrets",
        "matrix",
    }
)
_NULLS_SHOWN = 10


@dataclass(frozen=True)
class Prepared:
    """What the documents and inputs come to; `definitions` is None where a rollback needs none.

    `policies` are rules that the plan has to keep, `notes` what a reader of the log should know.
    """

    execution: Execution
    app: AppName
    environment: str
    definitions: Definitions | None = field(repr=False)
    policies: tuple[EnforcedRule, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The app and its environment, for people."""
        return f"{self.app} ({self.environment})" if self.environment else str(self.app)

    def configure_group(self, image: Image) -> JsonObject:
        """The bare group config for an image: with its id, and the start-up script as user data."""
        assert self.definitions is not None
        return apply_image(documents.with_image(self.definitions, artifact=artifact_values(image)), image)


def prepare_execution(inputs: Inputs, runner: WorkflowRun) -> Prepared:
    """Read and check all documents; raises `InvalidError` with every problem of every document and input."""
    if inputs.operation is Operation.VALIDATE and not (inputs.infrastructure or inputs.elastigroup_config):
        return _validate_documents(inputs, runner)
    try:
        found = (
            _load_for_rollback(inputs, runner)
            if inputs.operation is Operation.ROLLBACK
            else _load_definitions(inputs, runner)
        )
    except InvalidError as error:
        raise InvalidError([*error.problems, *_remaining_problems(inputs, runner, error.problems)]) from error
    context = found.context if found else expression_context.expression_context(inputs, runner)
    assert not context.deferred or inputs.operation is Operation.VALIDATE  # whatever is deployed has a value
    problems: list[Problem] = []
    app = "" if is_open(inputs.app_name, context) else filled_in(inputs.app_name, context, "app-name", problems)
    describe = as_far_as_told if context.deferred else describe_execution
    executed = collect_problems(lambda: describe(inputs, runner, context), problems) or empty_execution(inputs)
    region = found.config.region if found else None
    problems = problems or [
        *_check_app_and_region(inputs, app or executed.execution.setup.app, executed.execution.setup.region, region),
        *_check_waits_fit_timeout(inputs, executed.execution),
    ]
    if problems:
        raise InvalidError(problems)
    environment = inputs.environment or (found.infrastructure.environment if found and found.infrastructure else "")
    app = app or executed.execution.setup.app
    notes = (*executed.notes, *unchecked(context.deferred), *(_unset(found.config.nulls) if found else ()))
    return Prepared(executed.execution, AppName(app), environment, found, executed.rules, notes)


def document_problems(read: InputsResult, runner: WorkflowRun) -> tuple[Problem, ...]:
    """What is wrong with the documents of inputs that are wrong themselves, but for what may come of those."""
    if read.unread & _ANSWERING or read.inputs.operation is Operation.ROLLBACK:
        return ()
    problems: list[Problem] = []
    inputs = replace(read.inputs, operation=Operation.VALIDATE, until="")
    inputs = replace(inputs, timeout=inf) if "timeout" in read.unread else inputs
    collect_problems(lambda: prepare_execution(inputs, runner), problems)
    return tuple(problems)


def apply_image(definitions: Definitions, image: Image) -> JsonObject:
    """The reference's transformation of the group file: image id and user data; everything else is passed on."""
    group = definitions.config.group
    compute = _as_object(group.get("compute"))
    launch = {key: value for key, value in _as_object(compute.get("launchSpecification")).items() if key != "images"}
    launch["imageId"] = image.id
    if definitions.startup_script is not None:
        launch["userData"] = base64.b64encode(definitions.startup_script.encode()).decode()
    return {**group, "compute": {**compute, "launchSpecification": launch}}


def artifact_values(image: Image) -> JsonObject:
    """What `<+artifact.…>` answers: the fields of the reference's outcome."""
    tags = {key: value for key, value in image.tags.items() if "." not in key}
    return {
        "version": image.name,
        "amiId": image.id,
        "image": image.id,
        "type": "AmazonMachineImage",
        "metadata": {**tags, "ownerId": image.owner},
    }


def _load_definitions(inputs: Inputs, runner: WorkflowRun) -> Definitions:
    return documents.load_definitions(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        elastigroup_config=inputs.elastigroup_config,
        startup_script=inputs.startup_script,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=expression_context.workflow_values(inputs, runner),
    )


def _load_for_rollback(inputs: Inputs, runner: WorkflowRun) -> Definitions | None:
    """The documents as far as they help: going back must not fail for want of the version that is to go."""
    if not (inputs.infrastructure or inputs.elastigroup_config):
        return None
    try:
        return _load_definitions(inputs, runner)
    except InvalidError:
        return None


def _validate_documents(inputs: Inputs, runner: WorkflowRun) -> Prepared:
    """Check what documents there are, where they are not enough for a deployment."""
    given, context = (
        expression_context.workflow_values(inputs, runner),
        expression_context.expression_context(inputs, runner),
    )
    problems: list[Problem] = []
    if inputs.service or not inputs.execution:
        collect_problems(
            lambda: documents.validate_documents(service=inputs.service, workspace=runner.workspace, given=given),
            problems,
        )
    problems += unresolved_expressions(inputs, context)
    executed = collect_problems(lambda: as_far_as_told(inputs, runner, context), problems) or empty_execution(inputs)
    problems = problems or list(_check_waits_fit_timeout(inputs, executed.execution))
    if problems:
        raise InvalidError(list(dict.fromkeys(problems)))
    notes = (*executed.notes, *unchecked(context.deferred))
    return Prepared(executed.execution, AppName(executed.execution.setup.app), inputs.environment, None, notes=notes)


def _remaining_problems(inputs: Inputs, runner: WorkflowRun, wrong: Sequence[Problem]) -> list[Problem]:
    """What is wrong with inputs and steps beside wrong documents, but for what may come of those."""
    context = expression_context.beside_wrong_ones(inputs, runner, wrong)
    problems = list(unresolved_expressions(inputs, context))
    collect_problems(lambda: as_far_as_told(inputs, runner, context), problems)
    return [problem for problem in dict.fromkeys(problems) if problem not in wrong]


def _check_app_and_region(inputs: Inputs, app: str, mine: str, theirs: str | None) -> Iterator[Problem]:
    """What an execution document has to agree on with everything else: a name for the app, and the region."""
    if not inputs.execution:
        return
    if not app and inputs.operation is not Operation.ROLLBACK:
        yield Problem("the setup step has no name", inputs.execution, hint="write spec.name, or give app-name")
    if theirs and mine not in {"", theirs}:
        message = f"the load balancers are in {mine}, but the Elastigroup lies in {theirs}"
        yield Problem(message, inputs.execution, hint="correct connectedCloudProvider.spec.region or the config")


def _check_waits_fit_timeout(inputs: Inputs, execution: Execution) -> Iterator[Problem]:
    """Waits that alone take longer than the whole deployment may; one that goes on may have some behind it."""
    waits = execution.total_wait_seconds(inputs.until)
    if waits >= inputs.timeout and inputs.operation not in {Operation.CONTINUE, Operation.ROLLBACK}:
        message = f"is {inputs.timeout:.0f} s, and all bakes, pauses and delays together are {waits:.0f} s already"
        yield Problem(message, "timeout", hint="raise it (and the job's timeout-minutes), or wait for less")


def _unset(nulls: Sequence[str]) -> Iterator[str]:
    """What of the config is not sent; whoever wonders where a null went finds it here."""
    if nulls:
        more = f" and {len(nulls) - _NULLS_SHOWN} more" if len(nulls) > _NULLS_SHOWN else ""
        yield f"Nulls of the Elastigroup config are left out as unset: {', '.join(nulls[:_NULLS_SHOWN])}{more}."


def _as_object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}
