"""From inputs and documents to an execution: expressions resolved, everything checked, nothing sent anywhere."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from spotaction.documents import definitions as documents
from spotaction.documents.accessors import as_mapping
from spotaction.documents.definitions import Definitions
from spotaction.documents.elastigroup.config import ElastigroupConfig
from spotaction.documents.wording import format_duration
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import InputsResult, WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.execution import Execution, ParsedExecution
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import AppName, Image, JsonObject
from spotaction.pipeline import expression_context
from spotaction.pipeline.describe import (
    collect_problems,
    describe_execution,
    describe_known_execution,
    empty_execution,
    is_deferred,
    note_unchecked,
    resolve_input,
    unresolved_expressions,
)

# Where one of these is wrong, a document would be reported for a value that is not its own.
_CONTEXT_INPUTS = frozenset(
    {
        "service",
        "infrastructure",
        "elastigroup_config",
        "execution",
        "startup_script",
        "environment",
        "artifact_version",
        "ami_id",
        "variables",
        "secrets",
        "job_matrix",
    }
)
_NULLS_SHOWN = 10
_WITHOUT_DOCUMENTS = {Operation.ROLLBACK, Operation.INIT, Operation.HISTORY}


@dataclass(frozen=True)
class Prepared:
    """The checked and resolved inputs and documents; `definitions` is None where a rollback needs none.

    The plan has to comply with `policies`; `notes` and `warnings` are for the log.
    """

    execution: Execution
    app: AppName
    environment: str
    definitions: Definitions | None = field(repr=False)
    policies: tuple[EnforcedRule, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The app and its environment, as log and summary name them."""
        return f"{self.app} ({self.environment})" if self.environment else str(self.app)

    def configure_group(self, image: Image) -> JsonObject:
        """Return the group's configuration for an image: with its id, and the start-up script as user data."""
        assert self.definitions is not None
        return apply_image(documents.with_image(self.definitions, artifact=artifact_values(image)), image)


def prepare_execution(inputs: Inputs, runner: WorkflowRun) -> Prepared:
    """Read, check and resolve all documents; raises `InvalidError` with every problem of every document and input."""
    if inputs.operation is Operation.VALIDATE and not (inputs.infrastructure or inputs.elastigroup_config):
        return _validate_documents(inputs, runner)
    try:
        found = (
            _load_for_rollback(inputs, runner)
            if inputs.operation is Operation.ROLLBACK or inputs.rollback_to
            else _load_definitions(inputs, runner)
        )
    except InvalidError as error:
        raise InvalidError([*error.problems, *_remaining_problems(inputs, runner, error.problems)]) from error
    context = found.context if found else expression_context.expression_context(inputs, runner)
    assert not context.deferred or inputs.operation is Operation.VALIDATE  # a deployment leaves no expression open
    problems: list[Problem] = []
    app = "" if is_deferred(inputs.app_name, context) else resolve_input(inputs.app_name, context, "app-name", problems)
    describe = describe_known_execution if context.deferred else describe_execution
    # A rollback needs no more than it is given: whatever the stage names, it restores what was deployed.
    compared = found if inputs.operation is not Operation.ROLLBACK and not inputs.rollback_to else None
    deployed = None
    if compared and inputs.execution:
        from spotaction.pipeline.references import Deployed  # noqa: PLC0415 - plain inputs need nothing of it

        deployed = Deployed(*compared.sources, inputs.environment, inputs.ami_id)
    executed = collect_problems(lambda: describe(inputs, runner, context, deployed), problems) or empty_execution(
        inputs
    )
    problems = problems or [
        *_check_app_and_region(inputs, app or executed.execution.setup.app, executed, found.config if found else None),
        *_check_waits_fit_timeout(inputs, executed.execution),
    ]
    if problems:
        raise InvalidError(problems)
    environment = inputs.environment or (found.infrastructure.environment if found and found.infrastructure else "")
    app = app or executed.execution.setup.app
    notes = (*executed.notes, *note_unchecked(context.deferred), *(_note_config(found) if found else ()))
    warnings = (*map(str, found.warnings if found else ()), *executed.warnings)
    return Prepared(executed.execution, AppName(app), environment, found, executed.rules, notes, warnings)


def document_problems(read: InputsResult, runner: WorkflowRun) -> tuple[Problem, ...]:
    """Return the problems of the documents where inputs are wrong, without those that may follow from the inputs."""
    if read.unread & _CONTEXT_INPUTS or read.inputs.operation in _WITHOUT_DOCUMENTS or read.inputs.rollback_to:
        return ()
    problems: list[Problem] = []
    inputs = replace(read.inputs, operation=Operation.VALIDATE, until="")
    inputs = replace(inputs, timeout=inf) if "timeout" in read.unread else inputs
    collect_problems(lambda: prepare_execution(inputs, runner), problems)
    return tuple(problems)


def apply_image(definitions: Definitions, image: Image) -> JsonObject:
    """Return the group's configuration with an image and the start-up script; all else is unchanged, as in Harness."""
    group = definitions.config.group
    compute = as_mapping(group.get("compute"))
    launch = {key: value for key, value in as_mapping(compute.get("launchSpecification")).items() if key != "images"}
    launch["imageId"] = image.id
    if definitions.startup_script is not None:
        launch["userData"] = base64.b64encode(definitions.startup_script.encode()).decode()
    return {**group, "compute": {**compute, "launchSpecification": launch}}


def artifact_values(image: Image) -> JsonObject:
    """Return the values of `<+artifact.…>`, named as in Harness."""
    tags = {key: value for key, value in image.tags.items() if "." not in key}
    return {
        "version": image.name,
        "tag": image.name,
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
    """Return the definitions, or None if they are wrong: a rollback must not need the version that it removes."""
    if not (inputs.infrastructure or inputs.elastigroup_config):
        return None
    try:
        return _load_definitions(inputs, runner)
    except InvalidError:
        return None


def _validate_documents(inputs: Inputs, runner: WorkflowRun) -> Prepared:
    """Check documents that are not enough for a deployment, each as far as possible."""
    given, context = (
        expression_context.workflow_values(inputs, runner),
        expression_context.expression_context(inputs, runner),
    )
    checked = documents.check_documents(
        service=inputs.service,
        startup_script=inputs.startup_script,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=given,
    )
    problems = [*checked.problems]
    problems += unresolved_expressions(inputs, context)
    executed = collect_problems(lambda: describe_known_execution(inputs, runner, context), problems) or empty_execution(
        inputs
    )
    problems = problems or list(_check_waits_fit_timeout(inputs, executed.execution))
    if problems:
        raise InvalidError(list(dict.fromkeys(problems)))
    notes = (*executed.notes, *note_unchecked(context.deferred))
    warnings = tuple(map(str, checked.warnings))
    app = AppName(executed.execution.setup.app)
    return Prepared(executed.execution, app, inputs.environment, None, notes=notes, warnings=warnings)


def _remaining_problems(inputs: Inputs, runner: WorkflowRun, wrong: Sequence[Problem]) -> list[Problem]:
    """Return the problems of inputs and steps that do not follow from the problems of the documents (`wrong`)."""
    context = expression_context.context_without_wrong(inputs, runner, wrong)
    problems = list(unresolved_expressions(inputs, context))
    collect_problems(lambda: describe_known_execution(inputs, runner, context), problems)
    return [problem for problem in dict.fromkeys(problems) if problem not in wrong]


def _check_app_and_region(
    inputs: Inputs, app: str, executed: ParsedExecution, config: ElastigroupConfig | None
) -> Iterator[Problem]:
    """Check that an execution document names the app, and the same region as the Elastigroup's configuration."""
    if not inputs.execution:
        return
    if not app and inputs.operation is not Operation.ROLLBACK:
        hint = "set spec.name, or the input app-name"
        yield Problem("the setup step has no name", place=executed.setup_place, hint=hint)
    mine, theirs = executed.execution.setup.region, config.region if config else None
    if config and theirs and mine not in {"", theirs}:
        message = f"the load balancers are in {mine}, but the Elastigroup is in {theirs} ({config.document.name})"
        hint = "correct connectedCloudProvider.spec.region or the config"
        yield Problem(message, place=executed.region_place, hint=hint)


def _check_waits_fit_timeout(inputs: Inputs, execution: Execution) -> Iterator[Problem]:
    """Check that the waits are shorter than the timeout; `continue` may have some of them behind it already."""
    waits = execution.total_wait_seconds(inputs.until)
    if waits >= inputs.timeout and inputs.operation not in {Operation.CONTINUE, Operation.ROLLBACK}:
        message = (
            f"is {format_duration(inputs.timeout)}, but bakes, pauses and delays alone take {format_duration(waits)}"
        )
        yield Problem(message, "timeout", hint="raise it and the job's timeout-minutes, or shorten the waits")


def _note_config(found: Definitions) -> Iterator[str]:
    """Note the null values of the configuration, which are not sent to Spot, and the quoted ones, which are read."""
    nulls = found.config.nulls
    if found.config.quoted is not None:
        yield str(found.config.quoted)
    if nulls:
        more = f" and {len(nulls) - _NULLS_SHOWN} more" if len(nulls) > _NULLS_SHOWN else ""
        yield f"Null values in the Elastigroup config are treated as unset: {', '.join(nulls[:_NULLS_SHOWN])}{more}."
