"""The table of inputs, and of values from variables alone: name, type, parser and default, one line each."""

# ruff: noqa: RUF009 - `action_input` is `dataclasses.field` with a parser, no default that instances share

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from spotaction.documents.load_balancers import parse_load_balancers
from spotaction.documents.scalars import (
    Phase,
    Shift,
    choice_list_parser,
    choice_parser,
    list_parser,
    optional_choice,
    parse_boolean,
    parse_count,
    parse_optional_duration,
    parse_phases,
    parse_timeout,
    parse_weights,
    pattern_parser,
)
from spotaction.inputs.parsers import (
    GivenChecks,
    GivenVariables,
    JobMatrix,
    parse_checks_text,
    parse_document,
    parse_instances_text,
    parse_job_matrix,
    parse_line,
    parse_record,
    parse_secrets,
    parse_url,
    parse_variables,
)
from spotaction.inputs.phrases import OldInstances, parse_downsize, parse_old_instances, parse_on_conflict
from spotaction.model.choices import OnCancel, OnFailure, Operation, Override, Strategy
from spotaction.model.resources import JsonValue

if TYPE_CHECKING:
    from spotaction.documents.source import Document

T = TypeVar("T")

_IMAGE = pattern_parser(r"ami-[0-9a-f]{8,17}", "an AMI id", "for example ami-0123456789abcdef0")
_GROUP = pattern_parser(r"sig-[0-9a-f]{4,32}", "an Elastigroup id", "for example sig-01234567")
_SPOT_ACCOUNT = pattern_parser(r"act-[0-9a-f]{4,32}", "a Spot account id", "for example act-01234567")
_REGION = pattern_parser(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region", "for example us-east-1")
_ROLE = pattern_parser(
    r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", "the ARN of an IAM role", "write arn:aws:iam::ACCOUNT:role/NAME"
)
_SESSION = pattern_parser(r"[\w+=,.@-]{2,64}", "a role session name", "2 to 64 letters, digits and + = , . @ -")
_ACCOUNT = pattern_parser(r"\d{12}", "an AWS account id", "write its 12 digits, in quotes")


def action_input(
    parse: Callable[[str], T],
    default: str = "",
    *,
    secret: bool = False,
    env: tuple[str, ...] = (),
    expressions: bool = False,
) -> T:
    """Declare an input: its parser, the text that an empty input is parsed from, and variables to fall back to.

    `expressions` allows `<+…>` in the text: they are resolved later, or (in data of others) have no meaning.
    """
    metadata = {"parse": parse, "default": default, "env": env, "expressions": expressions or secret}
    return field(default_factory=lambda: parse(default), repr=not secret, metadata=metadata)


def variable(parse: Callable[[str], T], name: str) -> T:
    """Declare a value that comes from the variable `name` alone, and is no input."""
    metadata = {"parse": parse, "default": "", "env": (name,), "expressions": False, "variable": name}
    return field(default_factory=lambda: parse(""), metadata=metadata)


@dataclass(frozen=True)
class Inputs:
    """Every input of the action. Durations are in seconds; an empty text means that the input was not given.

    `load_balancers` and `instances` may contain expressions. Once those are resolved, `parse_load_balancers` and
    `parse_instances` turn them into values. `downsize_old` is the delay before the old group is scaled to 0,
    infinity for never; it is None if it was not given, as `bake_time` is. `on_conflict` is how long to wait for another
    run, or 0.
    """

    operation: Operation = action_input(choice_parser(Operation), "deploy")
    strategy: Strategy | None = action_input(optional_choice(Strategy))
    service: str = action_input(parse_line)
    infrastructure: str = action_input(parse_line)
    elastigroup_config: str = action_input(parse_line)
    execution: str = action_input(parse_line)
    startup_script: str = action_input(parse_line)
    app_name: str = action_input(parse_line, expressions=True)
    environment: str = action_input(parse_line)
    artifact_version: str = action_input(parse_line, expressions=True)
    ami_id: str = action_input(_IMAGE)
    variables: GivenVariables = action_input(parse_variables, expressions=True)
    secrets: Mapping[str, str] = action_input(parse_secrets, secret=True)
    job_matrix: JobMatrix = action_input(parse_job_matrix, expressions=True)
    spot_account_id: str = action_input(_SPOT_ACCOUNT, env=("SPOTINST_ACCOUNT",))
    spot_token: str = action_input(parse_line, secret=True, env=("SPOTINST_TOKEN",))
    role_session_name: str = variable(_SESSION, "AWS_ROLE_SESSION_NAME")
    spot_api_url: str = action_input(parse_url, "https://api.spotinst.io")
    aws_region: str = action_input(_REGION, env=("AWS_REGION", "AWS_DEFAULT_REGION"))
    role_to_assume: str = action_input(_ROLE)
    role_external_id: str = action_input(parse_line, secret=True)
    allowed_account_ids: tuple[str, ...] = action_input(list_parser(_ACCOUNT))
    instances: JsonValue = action_input(parse_instances_text, "same-as-running", expressions=True)
    canary: tuple[Phase, ...] = action_input(parse_phases)
    old_instances: OldInstances = action_input(parse_old_instances)
    load_balancers: "Document | None" = action_input(
        parse_document("load-balancers", parse_load_balancers), expressions=True
    )
    traffic_weights: tuple[Shift, ...] = action_input(parse_weights)
    downsize_old: float | None = action_input(parse_downsize)
    bake_time: float | None = action_input(parse_optional_duration)
    alarms: tuple[str, ...] = action_input(list_parser(parse_line))
    checks: GivenChecks = action_input(parse_checks_text, expressions=True)
    steady_state_timeout: float = action_input(parse_timeout, "20m")
    timeout: float = action_input(parse_timeout, "5h")
    suspend_scaling: bool = action_input(parse_boolean, "false")
    keep_old: int = action_input(parse_count, "3")
    on_failure: OnFailure = action_input(choice_parser(OnFailure), "rollback")
    on_cancel: OnCancel = action_input(choice_parser(OnCancel), "rollback")
    on_conflict: float = action_input(parse_on_conflict, "refuse")
    elastigroup_id: str = action_input(_GROUP)
    rollback_to: str = action_input(parse_line)
    until: str = action_input(parse_line)
    deployment: str = action_input(parse_record, expressions=True)
    allow: tuple[Override, ...] = action_input(choice_list_parser(Override))
    report: str = action_input(parse_line)
    github_token: str = action_input(parse_line, secret=True)
    out: str = action_input(parse_line, "deploy/")

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The secret values, to be masked before anything is printed."""
        values = (self.spot_token, self.github_token, self.role_external_id, *self.secrets.values())
        return tuple(value for value in values if value)


@dataclass(frozen=True)
class InputField:
    """One line of the table; `name` is that of the input or variable, `attribute` the field of `Inputs`."""

    name: str
    attribute: str
    parse: Callable[[str], object]
    default: str
    env: tuple[str, ...]
    expressions: bool
    secret: bool


def _to_input_field(entry: "Field[Any]") -> InputField:
    metadata = dict(entry.metadata)
    name = metadata.pop("variable", entry.name.replace("_", "-"))
    return InputField(name, entry.name, secret=not entry.repr, **metadata)


VALUES = tuple(_to_input_field(entry) for entry in fields(Inputs))
FIELDS = tuple(entry for entry in VALUES if entry.name not in entry.env)
