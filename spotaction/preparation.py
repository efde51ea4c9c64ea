"""From inputs and documents to what is executed: expressions filled in, everything checked, nothing sent anywhere."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spotaction import definitions as documents
from spotaction import execution_document
from spotaction.choices import Operation
from spotaction.definitions import Definitions
from spotaction.documents import Document
from spotaction.drafting import Settings
from spotaction.errors import InvalidError, Problem
from spotaction.execution import Execution, from_inputs
from spotaction.execution_document import Executed, Source
from spotaction.expressions import Context, resolve, resolve_text
from spotaction.inputs import Inputs, Runner, parse_instances, parse_load_balancers, parse_standalone
from spotaction.model import AppName, Image, JsonObject, JsonValue
from spotaction.policies import Enforced
from spotaction.scope import Given


@dataclass(frozen=True)
class Prepared:
    """What the documents and inputs come to; `definitions` is None where a rollback needs none.

    `policies` are rules that the plan has to keep, `notes` what a reader of the log should know.
    """

    execution: Execution
    app: AppName
    environment: str
    definitions: Definitions | None = field(repr=False)
    policies: tuple[Enforced, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The app and its environment, for people."""
        return f"{self.app} ({self.environment})" if self.environment else str(self.app)

    def configure(self, image: Image) -> JsonObject:
        """The bare group config for an image: with its id, and the start-up script as user data."""
        assert self.definitions is not None
        return configured(documents.complete(self.definitions, artifact=artifact(image)), image)


def prepare(inputs: Inputs, runner: Runner) -> Prepared:
    """Read and check all documents; raises `InvalidError` with every problem of every document and input."""
    if inputs.operation is Operation.VALIDATE and not (inputs.infrastructure or inputs.elastigroup_config):
        return _validated(inputs, runner)
    found = _load(inputs, runner) if inputs.operation is not Operation.ROLLBACK else _load_for_rollback(inputs, runner)
    context = found.context if found else _context(inputs, runner)
    problems: list[Problem] = []
    app = _text(inputs.app_name, context, "app-name", problems)
    executed = Executed(from_inputs(inputs, instances=None), "")
    try:
        executed = _written(inputs, runner, context) if inputs.execution else _plain(inputs, context)
    except InvalidError as error:
        problems += error.problems
    region = found.config.region if found else None
    problems = problems or [
        *_placed(inputs, app or executed.app, executed.region, region),
        *_in_time(inputs, executed.execution),
    ]
    if problems:
        raise InvalidError(problems)
    environment = inputs.environment or (found.infrastructure.environment if found and found.infrastructure else "")
    app = app or executed.app
    return Prepared(executed.execution, AppName(app), environment, found, executed.rules, executed.notes)


def configured(definitions: Definitions, image: Image) -> JsonObject:
    """The reference's transformation of the group file: image id and user data; everything else is passed on."""
    group = definitions.config.group
    compute = _object(group.get("compute"))
    launch = {key: value for key, value in _object(compute.get("launchSpecification")).items() if key != "images"}
    launch["imageId"] = image.id
    if definitions.startup_script is not None:
        launch["userData"] = base64.b64encode(definitions.startup_script.encode()).decode()
    return {**group, "compute": {**compute, "launchSpecification": launch}}


def artifact(image: Image) -> JsonObject:
    """What `<+artifact.…>` answers: the fields of the reference's outcome."""
    tags = {key: value for key, value in image.tags.items() if "." not in key}
    return {
        "version": image.name,
        "amiId": image.id,
        "image": image.id,
        "type": "AmazonMachineImage",
        "metadata": {**tags, "ownerId": image.owner},
    }


def _load(inputs: Inputs, runner: Runner) -> Definitions:
    return documents.load(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        elastigroup_config=inputs.elastigroup_config,
        startup_script=inputs.startup_script,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=_given(inputs, runner),
    )


def _load_for_rollback(inputs: Inputs, runner: Runner) -> Definitions | None:
    """The documents as far as they help: going back must not fail for want of the version that is to go."""
    if not (inputs.infrastructure or inputs.elastigroup_config):
        return None
    try:
        return _load(inputs, runner)
    except InvalidError:
        return None


def _given(inputs: Inputs, runner: Runner) -> Given:
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


def _validated(inputs: Inputs, runner: Runner) -> Prepared:
    """Check what documents there are, where they are not enough for a deployment."""
    executed = Executed(from_inputs(inputs, instances=None), "")
    problems: list[Problem] = []
    try:
        if inputs.service or not inputs.execution:
            documents.validate(service=inputs.service, workspace=runner.workspace, given=_given(inputs, runner))
    except InvalidError as error:
        problems += error.problems
    try:
        executed = _written(inputs, runner, _without_documents(inputs, runner)) if inputs.execution else executed
    except InvalidError as error:
        problems += error.problems
    problems = problems or list(_in_time(inputs, executed.execution))
    if problems:
        raise InvalidError(problems)
    return Prepared(executed.execution, AppName(executed.app), inputs.environment, None, notes=executed.notes)


def _without_documents(inputs: Inputs, runner: Runner) -> Context:
    """What an execution document may look up on its own; what others would say is left open."""
    open_names = {"service", "serviceVariables", "infra", *(() if inputs.environment else ("env",))}
    return replace(_context(inputs, runner), late=frozenset(open_names))


def _plain(inputs: Inputs, context: Context) -> Executed:
    """The execution that the plain inputs describe; raises `InvalidError`."""
    problems: list[Problem] = []
    balancers = _document(inputs.load_balancers, context, problems)
    standalone = _document(inputs.standalone_shift, context, problems)
    instances = _instances(inputs.instances, context, problems)
    if problems:
        raise InvalidError(problems)
    execution = from_inputs(
        inputs,
        instances=parse_instances(instances),
        load_balancers=parse_load_balancers(balancers.value, balancers) if balancers else (),
        standalone=parse_standalone(standalone.value, standalone) if standalone else (),
    )
    return Executed(execution, "")


def _written(inputs: Inputs, runner: Runner, context: Context) -> Executed:
    """The execution that a document describes; raises `InvalidError`."""
    settings = Settings(bake=inputs.bake_time, downsize_delay=inputs.downsize_delay, serial=inputs.serial)
    roots = (runner.temp,) if runner.temp else ()
    return execution_document.load(inputs.execution, Source(runner.workspace, context, roots, settings))


def _placed(inputs: Inputs, app: str, mine: str, theirs: str | None) -> Iterator[Problem]:
    """What an execution document has to agree on with everything else: a name for the app, and the region."""
    if not inputs.execution:
        return
    if not app and inputs.operation is not Operation.ROLLBACK:
        yield Problem("the setup step has no name", inputs.execution, hint="write spec.name, or give app-name")
    if theirs and mine not in {"", theirs}:
        message = f"the load balancers are in {mine}, but the Elastigroup lies in {theirs}"
        yield Problem(message, inputs.execution, hint="correct connectedCloudProvider.spec.region or the config")


def _in_time(inputs: Inputs, execution: Execution) -> Iterator[Problem]:
    """Waits that alone take longer than the whole deployment may; one that goes on may have some behind it."""
    waits = execution.seconds(inputs.until)
    if waits >= inputs.timeout and inputs.operation not in {Operation.CONTINUE, Operation.ROLLBACK}:
        message = f"is {inputs.timeout:.0f} s, and all bakes, pauses and delays together are {waits:.0f} s already"
        yield Problem(message, "timeout", hint="raise it (and the job's timeout-minutes), or wait for less")


def _context(inputs: Inputs, runner: Runner) -> Context:
    """What expressions in inputs may look up where no definitions are needed: in the documents there are, if any."""
    if not inputs.service and not inputs.infrastructure:
        return _of_inputs(inputs, runner)
    return documents.known(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        workspace=runner.workspace,
        roots=(runner.temp,) if runner.temp else (),
        given=_given(inputs, runner),
    )


def _of_inputs(inputs: Inputs, runner: Runner) -> Context:
    env = {"name": inputs.environment, "identifier": inputs.environment}
    variables = dict(inputs.variables)
    roots: dict[str, JsonValue] = {
        "env": env,
        "variables": variables,
        "stage": {"variables": variables},
        "pipeline": {"variables": variables},
        "matrix": dict(inputs.matrix),
        "github": dict(runner.github),
    }
    return Context(roots=roots, secrets=inputs.secrets)


def _text(text: str, context: Context, name: str, problems: list[Problem]) -> str:
    try:
        return resolve_text(text, context, where=name)
    except InvalidError as error:
        problems += error.problems
        return ""


def _document(document: Document | None, context: Context, problems: list[Problem]) -> Document | None:
    if document is None:
        return None
    resolved, found = resolve(document, context)
    problems += found
    return resolved


def _instances(value: JsonValue, context: Context, problems: list[Problem]) -> JsonValue:
    if isinstance(value, str):
        return _text(value, context, "instances", problems)
    resolved = _document(Document("input instances", value, {}, {}), context, problems)
    return resolved.value if resolved else None


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}
