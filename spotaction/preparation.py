"""From inputs and documents to what is executed: expressions filled in, everything checked, nothing sent anywhere."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from spotaction import definitions as documents
from spotaction.choices import Operation
from spotaction.definitions import Definitions
from spotaction.documents import Document
from spotaction.errors import InvalidError, Problem
from spotaction.execution import Execution, from_inputs
from spotaction.expressions import Context, resolve, resolve_text
from spotaction.inputs import Inputs, Runner, parse_instances, parse_load_balancers, parse_standalone
from spotaction.model import AppName, Image, JsonObject, JsonValue
from spotaction.scope import Given


@dataclass(frozen=True)
class Prepared:
    """What the documents and inputs come to; `definitions` is None where a rollback needs none."""

    execution: Execution
    app: AppName
    environment: str
    definitions: Definitions | None = field(repr=False)

    def configure(self, image: Image) -> JsonObject:
        """The bare group config for an image: with its id, and the start-up script as user data."""
        assert self.definitions is not None
        return configured(documents.complete(self.definitions, artifact=artifact(image)), image)


def prepare(inputs: Inputs, runner: Runner) -> Prepared:
    """Read and check all documents; raises `InvalidError` with every problem of every document and input."""
    if inputs.operation is Operation.VALIDATE and not (inputs.infrastructure or inputs.elastigroup_config):
        return _validated(inputs, runner)
    needed = inputs.operation is not Operation.ROLLBACK
    found = _load(inputs, runner) if needed or (inputs.service and inputs.infrastructure) else None
    context = found.context if found else _context(inputs, runner)
    problems: list[Problem] = []
    app = _text(inputs.app_name, context, "app-name", problems)
    balancers = _document(inputs.load_balancers, context, problems)
    standalone = _document(inputs.standalone_shift, context, problems)
    instances = _instances(inputs.instances, context, problems)
    try:
        execution = from_inputs(
            inputs,
            instances=parse_instances(instances) if not problems else None,
            load_balancers=parse_load_balancers(balancers.value, balancers) if balancers and not problems else (),
            standalone=parse_standalone(standalone.value, standalone) if standalone and not problems else (),
        )
    except InvalidError as error:
        raise InvalidError([*problems, *error.problems]) from error
    if problems:
        raise InvalidError(problems)
    environment = inputs.environment or (found.infrastructure.environment if found and found.infrastructure else "")
    return Prepared(execution, AppName(app), environment, found)


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


def _given(inputs: Inputs, runner: Runner) -> Given:
    return Given(
        artifact_version=inputs.artifact_version,
        artifact_source=inputs.artifact_source,
        variables=inputs.variables,
        secrets=inputs.secrets,
        matrix=inputs.matrix,
        github=dict(runner.github),
        environment={"name": inputs.environment} if inputs.environment else {},
    )


def _validated(inputs: Inputs, runner: Runner) -> Prepared:
    """Check what documents there are, where they are not enough for a deployment."""
    documents.validate(service=inputs.service, workspace=runner.workspace, given=_given(inputs, runner))
    return Prepared(from_inputs(inputs, instances=None), AppName(""), inputs.environment, None)


def _context(inputs: Inputs, runner: Runner) -> Context:
    """What expressions may look up when there are no documents."""
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
