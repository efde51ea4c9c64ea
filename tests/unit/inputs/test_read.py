import json
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotaction.documents.scalars import Phase, Shift
from spotaction.inputs.fields import FIELDS, InputField, Inputs
from spotaction.inputs.parsers import JobMatrix, secret_texts
from spotaction.inputs.phrases import OldInstances
from spotaction.inputs.read import WorkflowRun, read_runner
from spotaction.inputs.retired import RETIRED
from spotaction.model.capacity import Amount
from spotaction.model.choices import OnCancel, OnFailure, Operation, Override, Strategy
from spotaction.model.deployment import Run
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonObject
from tests.support.inputs import read_inputs

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
RULE = f"{ARN}listener-rule/app/web-alb/0a/0b/0c"
LISTENER = f"{ARN}listener/app/web-alb/0a/0b"
GREEN = f"{ARN}targetgroup/green-tg/0d"
SWAP = "[{loadBalancer: web-alb, prodListenerPort: 443, stageListenerPort: 8443}]"
SHIFT = f"[{{loadBalancer: web-alb, prodListenerPort: 443, isTrafficShift: true, stageTargetGroupArn: '{GREEN}'}}]"
TOKENS = [
    "10%",
    "m",
    "1h",
    "99999999999999999999",
    ",",
    " for ",
    "http://",
    "[",
    "]",
    "{",
    "}",
    "- ",
    ": ",
    "min=",
    "&a ",
    "*a",
    "true",
    "null",
    "²",
    "\n",
    "\ud800",
    "loadBalancer",
    "type",
    "spec",
    "<+",
]
BASIC = {
    "strategy": "basic",
    "service": "service.yaml",
    "infrastructure": "infrastructure.yaml",
    "app-name": "web",
    "spot-token": "made-up-token",
}
CANARY = {**BASIC, "strategy": "canary", "canary": "25%"}
BLUE_GREEN = {**BASIC, "strategy": "blue-green", "load-balancers": SWAP}


def variables(given: dict[str, str]) -> dict[str, str]:
    """Inputs as the runner hands them to a container."""
    return {f"INPUT_{name.upper()}": value for name, value in given.items()}


def read(base: dict[str, str], **changed: str) -> Inputs:
    return read_inputs(variables({**base, **{name.replace("_", "-"): value for name, value in changed.items()}}))


def problems(given: dict[str, str]) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        read_inputs(variables(given))
    return [str(problem) for problem in caught.value.problems]


def test_what_is_left_out_has_its_default() -> None:
    inputs = read(BASIC)
    assert inputs == Inputs(
        strategy=Strategy.BASIC,
        service="service.yaml",
        infrastructure="infrastructure.yaml",
        app_name="web",
        spot_token="made-up-token",
    )
    assert (inputs.bake_time, inputs.downsize_old) == (None, None)
    assert (inputs.operation, inputs.instances, inputs.timeout) == (Operation.DEPLOY, "same-as-running", 18_000.0)


def test_every_input_has_its_type() -> None:
    inputs = read_inputs(
        variables(
            {
                **BLUE_GREEN,
                "operation": "plan",
                "load-balancers": SHIFT,
                "traffic-weights": "10 for 10m, 50%, 100",
                "instances": "min=1,max=4,desired=2",
                "variables": "A: 1\nB: [x, true]",
                "secrets": 'DB: "0123"',
                "job-matrix": '{"matrix": {"zone": "a"}, "strategy": {"job-index": 2, "job-total": 5}}',
                "allow": "take-over, firing-alarms",
                "alarms": "- web-5xx\n- web-latency\n",
                "allowed-account-ids": "123456789012",
                "bake-time": "1h30m",
                "downsize-old": "after 10m",
                "keep-old": "0",
                "on-failure": "stop",
                "on-cancel": "keep",
                "on-conflict": "wait 30m",
                "spot-api-url": "http://127.0.0.1:8080/",
            }
        )
    )
    assert inputs.operation is Operation.PLAN
    assert inputs.load_balancers is not None
    assert inputs.load_balancers.name == "input load-balancers"
    assert inputs.traffic_weights == (Shift(10, 600.0), Shift(50), Shift(100))
    assert inputs.instances == "min=1,max=4,desired=2"
    assert inputs.variables.values == {"A": 1, "B": ["x", True]}
    assert (inputs.secrets, inputs.job_matrix) == ({"DB": "0123"}, JobMatrix({"zone": "a"}, 2, 5))
    assert inputs.allow == (Override.TAKE_OVER, Override.FIRING_ALARMS)
    assert inputs.alarms == ("web-5xx", "web-latency")
    assert (inputs.bake_time, inputs.downsize_old, inputs.keep_old) == (5_400.0, 600.0, 0)
    assert (inputs.on_failure, inputs.on_cancel, inputs.on_conflict) == (
        OnFailure.STOP,
        OnCancel.KEEP,
        1_800.0,
    )
    assert inputs.spot_api_url == "http://127.0.0.1:8080"


def test_phases_of_a_canary_end_in_all_of_it() -> None:
    whole = Phase(Amount(percent=100))
    assert read(CANARY, canary="10% for 5m, 3\n50%").canary == (
        Phase(Amount(percent=10), 300.0),
        Phase(Amount(count=3)),
        Phase(Amount(percent=50)),
        whole,
    )
    assert read(CANARY, canary="25%, 100%").canary == (Phase(Amount(percent=25)), whole)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", OldInstances()),
        ("drain-first", OldInstances(drain_first=True)),
        ("50 %", OldInstances(kept=Amount(percent=50))),
        ("3", OldInstances(kept=Amount(count=3))),
    ],
)
def test_old_instances_drain_first_or_stay_as_a_share(text: str, expected: OldInstances) -> None:
    assert read(CANARY, old_instances=text).old_instances == expected


def test_the_old_group_is_scaled_down_after_a_delay_or_never() -> None:
    given = ("", "never", "after 0s", "after  1h30m")
    assert [read(BLUE_GREEN, downsize_old=text).downsize_old for text in given] == [None, inf, 0.0, 5_400.0]


def test_secrets_are_not_in_the_text_of_the_inputs() -> None:
    given = {"secrets": "DB: made-up-secret", "github-token": "made-up-github"}
    inputs = read_inputs(variables({**BASIC, **given}))
    assert "made-up" not in repr(inputs)
    assert inputs.sensitive == ("made-up-token", "made-up-github", "made-up-secret")


def test_problems_of_secrets_are_reported_without_their_values() -> None:
    given = {**BASIC, "secrets": "DB: made-up\n  - secret: ["}
    assert "made-up" not in "".join(problems(given))
    assert problems({**BASIC, "secrets": "DB: [made-up]"}) == [
        "secrets: the value of 'DB' is not text (put it in quotes)"
    ]


def test_surrounding_space_and_line_ends_are_no_part_of_an_input() -> None:
    assert read(BASIC, service=" service.yaml\n", timeout="  1h\n").timeout == 3_600.0


def test_an_empty_input_is_one_that_was_left_out() -> None:
    assert read(BASIC, canary="", timeout=" ", keep_old="", args="") == read(BASIC)


def test_a_shell_may_write_underscores() -> None:
    environ = {name.replace("-", "_"): value for name, value in variables(BASIC).items()}
    assert read_inputs(environ) == read(BASIC)


def test_an_input_that_is_given_twice_has_to_say_the_same() -> None:
    twice = {**variables(BASIC), "INPUT_APP_NAME": "web"}
    assert read_inputs(twice) == read(BASIC)
    with pytest.raises(InvalidError, match="app-name: is set twice, with different values"):
        read_inputs({**twice, "INPUT_APP_NAME": "shop"})


def test_variables_of_spot_and_aws_replace_inputs_that_are_not_given() -> None:
    environ = variables({name: value for name, value in BASIC.items() if name != "spot-token"})
    environ |= {"SPOTINST_TOKEN": "t", "SPOTINST_ACCOUNT": "act-0123", "AWS_DEFAULT_REGION": "us-east-1"}
    inputs = read_inputs(environ)
    assert (inputs.spot_token, inputs.spot_account_id, inputs.aws_region) == ("t", "act-0123", "us-east-1")
    assert read_inputs({**environ, "AWS_REGION": "eu-west-1"}).aws_region == "eu-west-1"
    assert read_inputs({**environ, "INPUT_AWS-REGION": "eu-west-2"}).aws_region == "eu-west-2"


def test_structured_inputs_with_expressions_are_left_for_later() -> None:
    inputs = read(BLUE_GREEN, load_balancers="- loadBalancer: <+serviceVariables.alb>", instances="<+env.size>")
    assert inputs.load_balancers is not None
    assert inputs.load_balancers.value == [{"loadBalancer": "<+serviceVariables.alb>"}]
    assert inputs.instances == "<+env.size>"


def test_a_workflow_without_a_matrix_has_an_empty_one() -> None:
    alone = '{"matrix": null, "strategy": {"fail-fast": true, "job-index": 0, "job-total": 1, "max-parallel": 1}}'
    assert [read(BASIC, job_matrix=text).job_matrix for text in ("", "null", "{}", alone)] == [JobMatrix()] * 4


def test_a_matrix_that_is_passed_by_default_never_keeps_a_run_from_starting() -> None:
    values: JsonObject = {
        "id": 12345678901234567890,
        "share": 1.5,
        "text": "<+nope> 😀 a: b #c",
        "deep": [[[{"a": None}]]],
    }
    text = json.dumps({"matrix": values, "strategy": {"job-index": 0, "job-total": 1}}, indent=2)
    assert read(BASIC, job_matrix=text).job_matrix == JobMatrix(values)


def test_a_matrix_may_be_written_as_yaml() -> None:
    assert read(BASIC, job_matrix="matrix: {region: us-east-1}").job_matrix == JobMatrix({"region": "us-east-1"})


@pytest.mark.parametrize(
    ("strategy", "place"),
    [
        ('{"job-index": 7, "job-total": 20, "max-parallel": 5}', (2, 5)),
        ('{"job-index": 7, "job-total": 20, "max-parallel": 50}', (7, 20)),
        ('{"job-index": "7", "job-total": "20"}', (7, 20)),
        ('{"job-total": 0}', (0, 1)),
    ],
)
def test_jobs_take_turns_with_those_that_run_at_the_same_time(strategy: str, place: tuple[int, int]) -> None:
    found = read(BASIC, job_matrix=f'{{"strategy": {strategy}}}').job_matrix
    assert (found.index, found.jobs) == place


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_continue_and_rollback_need_a_name_or_a_record_and_no_documents(operation: str) -> None:
    given = {"operation": operation, "spot-token": "made-up-token"}
    assert read(given, app_name="web").app_name == "web"
    assert read(given, app_name="web", strategy="blue-green").load_balancers is None
    assert read(given, deployment='{"app": "web"}').deployment == '{"app": "web"}'


def test_validating_needs_no_token_and_any_document() -> None:
    assert read({"operation": "validate", "execution": "steps.yaml"}).spot_token == ""


def test_an_ami_and_a_configuration_make_the_documents_superfluous() -> None:
    given = {name: value for name, value in BASIC.items() if name not in ("service", "infrastructure")}
    assert read(given, ami_id="ami-01234567", elastigroup_config="group.json").service == ""


def test_an_execution_document_replaces_the_strategy() -> None:
    given = {name: value for name, value in BASIC.items() if name not in ("strategy", "app-name")}
    assert read(given, execution="steps.yaml").strategy is None


UNITS = "write 10s for seconds or 10m for minutes"
STEPS = "define it in the steps of steps.yaml, or remove execution"
JOB = 'write {"matrix": {…}, "strategy": {"job-index": 0, "job-total": 1}}'
LIKE = "for example 90s, 10m or 1h30m"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "operation",
            "deplyo",
            "'deplyo' is not allowed (write deploy, plan, validate, continue, rollback, init, drift or history)",
        ),
        ("strategy", "rolling", "'rolling' is not allowed (write basic, canary or blue-green)"),
        ("suspend-scaling", "yes", "'yes' is neither true nor false (write true or false)"),
        ("downsize-old", "true", "'true' is not allowed (write never, or for example after 10m)"),
        ("downsize-old", "10m", "'10m' is not allowed (write never, or for example after 10m)"),
        ("downsize-old", "after", "'after' is not allowed (write never, or for example after 10m)"),
        ("downsize-old", "after 10", f"'10' has no unit ({UNITS})"),
        ("on-conflict", "wait", "'wait' is not allowed (write refuse, or for example wait 30m)"),
        ("on-conflict", "queue", "'queue' is not allowed (write refuse, or for example wait 30m)"),
        ("on-conflict", "wait 0s", f"'0s' must be longer than 0s ({LIKE})"),
        (
            "allow",
            "take-over, force",
            (
                "'force' is not allowed (write redeploy, take-over, changed-documents, other-rules, "
                "shared-target-groups or firing-alarms)"
            ),
        ),
        ("job-matrix", '{"zone": "a"}', f"has 'zone' beside matrix and strategy ({JOB})"),
        (
            "job-matrix",
            '{"matrix": [1]}',
            "matrix is not a mapping of names to values (write GitHub's context matrix as JSON)",
        ),
        (
            "job-matrix",
            '{"strategy": {"job-index": -1}}',
            "strategy.job-index is -1, not a whole number, 0 or more (for example 3)",
        ),
        ("timeout", "10", f"'10' has no unit ({UNITS})"),
        ("timeout", "0s", f"'0s' must be longer than 0s ({LIKE})"),
        ("timeout", "10 minutes", f"'10 minutes' is not a duration ({LIKE})"),
        ("timeout", "30m1h", f"'30m1h' is not a duration ({LIKE})"),
        ("bake-time", "99w", f"'99w' is longer than four weeks ({LIKE})"),
        (
            "deployment",
            "{",
            "is not a deployment record (pass the output `deployment` of an earlier step unchanged)",
        ),
        ("aws-region", "us", "'us' is not an AWS region (for example us-east-1)"),
        ("spot-api-url", "http://[::1", "'http://[::1' is not a URL (for example https://api.spotinst.io)"),
        ("spot-api-url", "https://h:99999", "'https://h:99999' is not a URL (for example https://api.spotinst.io)"),
        ("keep-old", "-1", "'-1' is not a whole number, 0 or more (for example 3)"),
        ("old-instances", "150%", "'150%' is more than 100% (write drain-first, or what stays, such as 3 or 50%)"),
        (
            "old-instances",
            "12.5%",
            "'12.5%' is neither a count nor a whole percentage (write drain-first, or what stays, such as 3 or 50%)",
        ),
        ("ami-id", "ami-xyz", "'ami-xyz' is not an AMI id (for example ami-0123456789abcdef0)"),
        ("allowed-account-ids", "12", "'12' is not an AWS account id (write its 12 digits, in quotes)"),
        ("elastigroup-id", "web", "'web' is not an Elastigroup id (for example sig-01234567)"),
        ("aws-region", "virginia", "'virginia' is not an AWS region (for example us-east-1)"),
        (
            "app-name",
            "a\b\nb",
            "must be one line of printable text; character 2 is U+0008 (remove it)",
        ),
        (
            "spot-api-url",
            "http://e.example",
            "'http://e.example' is not an https URL (the Spot token is sent with every request)",
        ),
        (
            "spot-api-url",
            "https://u:p@e.example",
            "'https://***@e.example' has more than scheme, host, port and path (remove user, query and fragment)",
        ),
        ("variables", "- a", "is not a mapping of names to values (write one 'name: value' per line)"),
        (
            "deployment",
            "[]",
            "is not a deployment record (pass the output `deployment` of an earlier step unchanged)",
        ),
        (
            "instances",
            "3",
            (
                "'3' does not give the minimum and maximum"
                " (write min=3,max=3,desired=3 for a group of fixed size, or same-as-running)"
            ),
        ),
        (
            "instances",
            "three",
            "'three' is not a number of instances (write same-as-running, or min=1,max=4,desired=2)",
        ),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(name: str, text: str, expected: str) -> None:
    assert problems({**BASIC, name: text}) == [f"{name}: {expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0%", "phase 1 has no instances (start with 1 or a percentage above 0%)"),
        ("50%, 25%", "phase 2 (25%) is not greater than 50% (phases must increase)"),
        ("1, 50%, 1", "phase 3 (1) is not greater than 1 (phases must increase)"),
        ("100%, 3", "phase 2 follows 100% (100% is the last phase)"),
        ("10% for 5", "'5' has no unit (write 5s for seconds or 5m for minutes)"),
    ],
)
def test_phases_have_to_grow(text: str, expected: str) -> None:
    assert problems({**CANARY, "canary": text}) == [f"canary: {expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50, 10", "10 follows 50 (weights must increase, like 10, 50, 100)"),
        ("10, 10", "10 follows 10 (weights must increase, like 10, 50, 100)"),
        ("101", "'101' is not a weight from 0 to 100 (for example 10, 50 for 5m, 100)"),
    ],
)
def test_weights_have_to_grow(text: str, expected: str) -> None:
    assert problems({**BLUE_GREEN, "load-balancers": SHIFT, "traffic-weights": text}) == [
        f"traffic-weights: {expected}"
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"spot-token": "t", "service": "s", "infrastructure": "i"},
            "strategy: is missing (write basic, canary or blue-green, or set the input execution)",
        ),
        (
            {**BASIC, "service": ""},
            "service: is missing (set it to the path of the service's YAML, or set ami-id)",
        ),
        (
            {**BASIC, "infrastructure": ""},
            "infrastructure: is missing (set it to the path of the infrastructure's YAML, or set elastigroup-config)",
        ),
        (
            {**BASIC, "app-name": ""},
            "app-name: is missing (groups are named after it, for example web_prod)",
        ),
        (
            {**BASIC, "spot-token": ""},
            "spot-token: is missing (pass it from a secret that this job can read: ${{ secrets.SPOT_TOKEN }})",
        ),
        ({**BASIC, "canary": "25%"}, "canary: cannot be used with strategy basic (it is for canary)"),
        ({**CANARY, "canary": ""}, "canary: is missing (write the phases, for example 25%, 50%)"),
        (
            {**BLUE_GREEN, "load-balancers": ""},
            "load-balancers: is missing (list the load balancers whose routes blue-green changes)",
        ),
        (
            {**BLUE_GREEN, "old-instances": "50%"},
            "old-instances: cannot be used with strategy blue-green (it is for basic or canary)",
        ),
        (
            {**BLUE_GREEN, "traffic-weights": "10"},
            (
                "traffic-weights: requires a load balancer with isTrafficShift: true"
                " (set isTrafficShift: true and a stageTargetGroupArn in one, or remove traffic-weights)"
            ),
        ),
        (
            {**BASIC, "execution": "steps.yaml"},
            "strategy: cannot be combined with execution (define it in the steps of steps.yaml, or remove execution)",
        ),
        (
            {**BASIC, "ami-id": "ami-01234567", "artifact-version": "web-1"},
            "ami-id: cannot be combined with artifact-version (remove one of them)",
        ),
        (
            {**BLUE_GREEN, "load-balancers": SHIFT, "traffic-weights": "10, 50", "downsize-old": "after 10m"},
            (
                "downsize-old: would scale a group that still serves to 0: traffic-weights ends at 50"
                " (end traffic-weights at 100, or write downsize-old: never)"
            ),
        ),
        (
            {**BASIC, "strategy": "", "execution": "steps.yaml", "old-instances": "50%"},
            f"old-instances: cannot be combined with execution ({STEPS})",
        ),
        (
            {**BASIC, "strategy": "", "execution": "steps.yaml", "downsize-old": "never"},
            f"downsize-old: cannot be combined with execution ({STEPS})",
        ),
        ({**BASIC, "role-external-id": "x"}, "role-external-id: requires role-to-assume (set role-to-assume too)"),
        (
            {"operation": "rollback", "spot-token": "t"},
            (
                "app-name: is missing, and no deployment record is set"
                " (set it, or pass the output `deployment` of the earlier run)"
            ),
        ),
        (
            {"operation": "rollback", "spot-token": "t", "app-name": "web", "until": "deploy"},
            "until: cannot be used with operation rollback (remove it)",
        ),
        (
            {"operation": "validate"},
            (
                "service: is missing, and no other document is set (set at least one of the inputs service, "
                "infrastructure, elastigroup-config and execution)"
            ),
        ),
        ({**BASIC, "args": "--rm"}, "args: is not an input of this action (remove it)"),
        ({**BASIC, "canry": ""}, "canry: is not an input (did you mean canary?)"),
        ({**BASIC, "variables": "\udcff"}, "variables: is not UTF-8 (save the file that it comes from as UTF-8)"),
        ({**BASIC, "qqqq": "1"}, "qqqq: is not an input (remove it)"),
    ],
)
def test_inputs_have_to_fit_together(given: dict[str, str], expected: str) -> None:
    assert problems(given) == [expected]


@pytest.mark.parametrize("name", RETIRED)
@pytest.mark.parametrize("text", ["true", ""])
def test_an_input_of_earlier_versions_is_an_error_with_what_replaces_it(name: str, text: str) -> None:
    assert problems({**BASIC, name: text}) == [f"{name}: is no longer an input ({RETIRED[name]})"]


@pytest.mark.parametrize(
    ("name", "new", "value"),
    [
        ("force", "allow", "redeploy"),
        ("force", "allow", "take-over"),
        ("force", "allow", "changed-documents"),
        ("allow-other-rules", "allow", "other-rules"),
        ("allow-shared-target-groups", "allow", "shared-target-groups"),
        ("ignore-alarms-at-start", "allow", "firing-alarms"),
        ("conflict-timeout", "on-conflict", "wait 30m"),
        ("downsize-delay", "downsize-old", "after 5m"),
        ("serial", "old-instances", "drain-first"),
        ("job-index", "job-matrix", '{"strategy": {"job-index": 2, "job-total": 5}}'),
        ("job-total", "job-matrix", '{"strategy": {"job-index": 2, "job-total": 5}}'),
        ("artifact-source", "variables", "primaryArtifactRef: NAME"),
    ],
)
def test_what_an_earlier_input_is_replaced_by_is_accepted(name: str, new: str, value: str) -> None:
    assert value in RETIRED[name]
    assert new in RETIRED[name]
    base = CANARY if new == "old-instances" else BLUE_GREEN
    assert read(base, **{new.replace("-", "_"): value}) != read(base)


def test_the_session_name_of_a_role_comes_from_the_variable_of_the_aws_tools() -> None:
    given = {**variables(BASIC), "AWS_ROLE_SESSION_NAME": "deploy-web"}
    assert read_inputs(given).role_session_name == "deploy-web"
    with pytest.raises(InvalidError) as caught:
        read_inputs({**given, "AWS_ROLE_SESSION_NAME": "a b"})
    assert [str(problem) for problem in caught.value.problems] == [
        "AWS_ROLE_SESSION_NAME: 'a b' is not a role session name (2 to 64 letters, digits and + = , . @ -)"
    ]


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.secret])
@pytest.mark.parametrize("text", ["\u200bhunter2", "hunter2\nhunter2", "A: \u200bhunter2\nB: 5", "{hunter2"])
def test_a_secret_input_is_never_quoted(name: str, text: str) -> None:
    found: list[Problem] = []
    try:
        read_inputs(variables({**BASIC, name: text}))
    except InvalidError as error:
        found += error.problems
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@proxy.example.com/x",
        "http://user:hunter2@proxy.example.com",
        "user:hunter2@proxy.example.com",
        "https://user:hunter2@[::1",
        "https://user:/hunter2?#@proxy.example.com",
        "https://proxy.example.com/?key=hunter2",
        "https://proxy.example.com/#hunter2",
    ],
)
def test_a_url_is_quoted_without_what_may_be_a_password(url: str) -> None:
    (problem,) = problems({**BASIC, "spot-api-url": url})
    assert problem.startswith("spot-api-url: '")
    assert "hunter2" not in problem


@pytest.mark.parametrize("text", ['{"a":' + "[" * 200_000, '"text"', "null", "7", '{"app":1'])
def test_a_text_that_is_no_record_is_invalid_however_deep_it_goes(text: str) -> None:
    expected = "deployment: is not a deployment record (pass the output `deployment` of an earlier step unchanged)"
    assert problems({**BASIC, "deployment": text}) == [expected]


def test_a_record_in_which_a_name_was_hidden_is_refused() -> None:
    given = {"operation": "rollback", "spot-token": "made-up-token"}
    expected = "deployment: has *** in place of a name (omit it: the markers of the groups identify the deployment)"
    assert problems({**given, "app-name": "web", "deployment": '{"new": {"name": "***__8"}}'}) == [expected]
    told = '{"app": "web", "reason": "no ***", "undone": ["***"]}'
    assert read(given, deployment=told).deployment == told


@pytest.mark.parametrize("text", ["A: hunter2\nB: 5", "A: {hunter2", "hunter2", "- hunter2", "A: 'hunter2'\nA: b"])
def test_secrets_are_known_also_where_the_input_is_wrong(text: str) -> None:
    assert any("hunter2" in secret and len(secret) <= len("- hunter2") for secret in secret_texts(text))


def test_every_problem_is_reported_at_once_and_none_twice() -> None:
    given = {**BASIC, "strategy": "cannary", "timeout": "10", "variables": "a: 1\na: 2", "spot-token": "", "x": "1"}
    with pytest.raises(InvalidError) as caught:
        read_inputs(variables(given))
    assert caught.value.problems == (
        Problem("is not an input", "x", hint="remove it"),
        Problem("'cannary' is not allowed", "strategy", hint="write basic, canary or blue-green"),
        Problem("duplicate key 'a', first on line 1", "variables", SourceLocation("input variables", 2, 1)),
        Problem("'10' has no unit", "timeout", hint=UNITS),
        Problem(
            "is missing",
            "spot-token",
            hint="pass it from a secret that this job can read: ${{ secrets.SPOT_TOKEN }}",
        ),
    )


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(FIELDS), st.one_of(st.text(max_size=20), st.lists(st.sampled_from(TOKENS), max_size=8).map("".join))
)
def test_no_text_is_more_than_an_invalid_input(field: InputField, text: str) -> None:
    found: list[Problem] = []
    try:
        read_inputs(variables({**BLUE_GREEN, field.name: text}))
    except InvalidError as error:
        found += error.problems
    assert all(problem.subject and (problem.hint or problem.place) for problem in found), found


def test_the_run_is_read_from_the_variables_of_the_runner() -> None:
    environ = {
        "GITHUB_RUN_ID": "42",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_SHA": "0a",
        "GITHUB_WORKSPACE": "/github/workspace",
        "RUNNER_TEMP": "/github/runner_temp",
    }
    runner = read_runner(environ)
    assert runner.run == Run("42", "2", "acme/shop", "https://github.com")
    assert runner.run.url == "https://github.com/acme/shop/actions/runs/42"
    assert (runner.workspace, runner.temp) == (Path("/github/workspace"), Path("/github/runner_temp"))
    assert {key: text for key, text in runner.github.items() if text} == {
        "repository": "acme/shop",
        "run_id": "42",
        "sha": "0a",
    }


def test_outside_of_a_workflow_the_run_is_empty() -> None:
    runner = read_runner({})
    assert (runner.run, runner.workspace, runner.temp) == (Run(), Path(), None)
    assert WorkflowRun().run.url == ""


def test_reading_plain_inputs_does_not_load_yaml() -> None:
    script = f"""
import sys
from spotaction.inputs.read import read_environment
read_environment({variables(BASIC)!r})
print("yaml" in sys.modules, "jsonschema" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout == "False False\n"
