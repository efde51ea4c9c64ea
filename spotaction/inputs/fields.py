"""The table of inputs: name, type, parser and default, one line each."""

# ruff: noqa: RUF009 - `action_input` is `dataclasses.field` with a parser, no default that instances share

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from spotaction.documents.load_balancers import parse_load_balancers, parse_standalone
from spotaction.documents.scalars import (
    Phase,
    Shift,
    choice_parser,
    list_parser,
    optional_choice,
    parse_boolean,
    parse_count,
    parse_duration,
    parse_optional_amount,
    parse_phases,
    parse_positive_count,
    parse_timeout,
    parse_weights,
    pattern_parser,
)
from spotaction.inputs.parsers import (
    GivenVariables,
    parse_document,
    parse_instances_text,
    parse_line,
    parse_mapping,
    parse_record,
    parse_secrets,
    parse_url,
    parse_variables,
)
from spotaction.model.capacity import Amount
from spotaction.model.choices import OnCancel, OnConflict, OnFailure, Operation, Strategy
from spotaction.model.resources import JsonObject, JsonValue

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
_OWNER = pattern_parser(r"self|amazon|aws-marketplace|\d{12}", "an AMI owner", "write self, or an account's 12 digits")
_SUFFIX = pattern_parser(r"[\w.-]{1,64}", "a name suffix", "letters, digits and _ . -")


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


@dataclass(frozen=True)
class Inputs:
    """Every input of the action. Durations are in seconds; an empty text means that the input was not given.

    `load_balancers`, `standalone_shift` and `instances` may contain expressions. Once those are resolved,
    `parse_load_balancers`, `parse_standalone` and `parse_instances` turn them into values.
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
    artifact_source: str = action_input(parse_line)
    ami_id: str = action_input(_IMAGE)
    ami_owners: tuple[str, ...] = action_input(list_parser(_OWNER), "self")
    variables: GivenVariables = action_input(parse_variables, expressions=True)
    secrets: Mapping[str, str] = action_input(parse_secrets, secret=True)
    matrix: JsonObject = action_input(parse_mapping("matrix"), expressions=True)
    spot_account_id: str = action_input(_SPOT_ACCOUNT, env=("SPOTINST_ACCOUNT",))
    spot_token: str = action_input(parse_line, secret=True, env=("SPOTINST_TOKEN",))
    spot_api_url: str = action_input(parse_url, "https://api.spotinst.io")
    aws_region: str = action_input(_REGION, env=("AWS_REGION", "AWS_DEFAULT_REGION"))
    role_to_assume: str = action_input(_ROLE)
    role_external_id: str = action_input(parse_line, secret=True)
    role_session_name: str = action_input(_SESSION)
    allowed_account_ids: tuple[str, ...] = action_input(list_parser(_ACCOUNT))
    instances: JsonValue = action_input(parse_instances_text, "same-as-running", expressions=True)
    new_service: Amount | None = action_input(parse_optional_amount)
    old_service: Amount | None = action_input(parse_optional_amount)
    canary: tuple[Phase, ...] = action_input(parse_phases)
    serial: bool = action_input(parse_boolean, "false")
    load_balancers: "Document | None" = action_input(
        parse_document("load-balancers", parse_load_balancers), expressions=True
    )
    traffic_weights: tuple[Shift, ...] = action_input(parse_weights)
    standalone_shift: "Document | None" = action_input(
        parse_document("standalone-shift", parse_standalone), expressions=True
    )
    stage_suffix: str = action_input(_SUFFIX, "__STAGE__Harness")
    downsize_old: bool = action_input(parse_boolean, "false")
    allow_other_rules: bool = action_input(parse_boolean, "false")
    allow_shared_target_groups: bool = action_input(parse_boolean, "false")
    downsize_delay: float = action_input(parse_duration, "30s")
    bake_time: float = action_input(parse_duration, "0s")
    alarms: tuple[str, ...] = action_input(list_parser(parse_line))
    ignore_alarms_at_start: bool = action_input(parse_boolean, "false")
    steady_state_timeout: float = action_input(parse_timeout, "20m")
    timeout: float = action_input(parse_timeout, "5h")
    suspend_scaling: bool = action_input(parse_boolean, "false")
    keep_old: int = action_input(parse_count, "3")
    on_failure: OnFailure = action_input(choice_parser(OnFailure), "rollback")
    on_cancel: OnCancel = action_input(choice_parser(OnCancel), "rollback")
    on_conflict: OnConflict = action_input(choice_parser(OnConflict), "refuse")
    conflict_timeout: float = action_input(parse_timeout, "30m")
    job_index: int = action_input(parse_count, "0")
    job_total: int = action_input(parse_positive_count, "1")
    previous_elastigroup_id: str = action_input(_GROUP)
    until: str = action_input(parse_line)
    deployment: str = action_input(parse_record, expressions=True)
    force: bool = action_input(parse_boolean, "false")
    report: str = action_input(parse_line)
    create_deployment: bool = action_input(parse_boolean, "false")
    github_token: str = action_input(parse_line, secret=True)
    out: str = action_input(parse_line, "deploy/")

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The secret values, to be masked before anything is printed."""
        values = (self.spot_token, self.github_token, self.role_external_id, *self.secrets.values())
        return tuple(value for value in values if value)


@dataclass(frozen=True)
class InputField:
    """One line of the table; `name` is the input's name in a workflow, `attribute` the field of `Inputs`."""

    name: str
    attribute: str
    parse: Callable[[str], object]
    default: str
    env: tuple[str, ...]
    expressions: bool
    secret: bool


def _to_input_field(entry: "Field[Any]") -> InputField:
    return InputField(entry.name.replace("_", "-"), entry.name, secret=not entry.repr, **entry.metadata)


FIELDS = tuple(_to_input_field(entry) for entry in fields(Inputs))
