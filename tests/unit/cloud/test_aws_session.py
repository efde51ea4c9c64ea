import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from botocore import exceptions as boto
from botocore.awsrequest import AWSPreparedRequest

from spotaction.cloud.aws.credentials import ActionsToken, Role, metadata_of, session_name
from spotaction.cloud.aws.errors import WEB_IDENTITY, translate_error
from spotaction.cloud.aws.session import AwsSession, Identity
from spotaction.cloud.clock import Cancellation
from spotaction.model.errors import ApiError, CancelledError, CredentialError, SpotactionError
from tests.support.aws_adapter import JSON, REGION, Refusal, ScriptedAws, quiet
from tests.support.spot_adapter import FakeClock, Reply, ScriptedSpot

if TYPE_CHECKING:
    import boto3

ROLE = "arn:aws:iam::111122223333:role/deploy"
WHO = {"Account": "111122223333", "Arn": "arn:aws-cn:sts::111122223333:assumed-role/deploy/x"}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)


def connection_errors() -> list[Exception]:
    return [
        boto.EndpointConnectionError(endpoint_url="https://x.test/?X-Amz-Security-Token=SECRET"),
        boto.ConnectTimeoutError(endpoint_url="https://x.test/SECRET"),
        boto.ReadTimeoutError(endpoint_url="https://x.test/SECRET"),
        boto.ConnectionClosedError(endpoint_url="https://x.test/SECRET"),
        boto.HTTPClientError(error=OSError("SECRET")),
    ]


PASSING = [
    *(Refusal(code) for code in ("Throttling", "ThrottlingException", "RequestLimitExceeded")),
    Refusal("HealthUnavailable", 500),
    Refusal("ServiceUnavailable", 503),
    Refusal("Unknown", 429),
    *connection_errors(),
]
STAYING = [
    Refusal("ValidationError"),
    Refusal("PriorityInUse"),
    Refusal("AccessDenied", 403),
    boto.SSLError(endpoint_url="", error=OSError()),
]


@pytest.mark.parametrize("reply", PASSING)
def test_what_passes_is_tried_again_on_our_clock(reply: JSON | Refusal | Exception) -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", reply, reply, WHO)
    assert cloud.aws.get_identity().account == "111122223333"
    assert cloud.clock.sleeps == [1.0, 2.0]


@pytest.mark.parametrize("reply", PASSING)
def test_attempts_are_bounded(reply: JSON | Refusal | Exception) -> None:
    cloud = ScriptedAws("sts", attempts=3)
    cloud.will("GetCallerIdentity", *[reply] * 3)
    with pytest.raises(ApiError) as caught:
        cloud.aws.get_identity()
    assert caught.value.retryable
    assert len(cloud.sent) == 3


def test_a_write_is_not_sent_again_once_another_run_may_have_taken_over() -> None:
    cloud = ScriptedAws("elbv2", attempts=9)
    cloud.will("ModifyRule", *[boto.ReadTimeoutError(endpoint_url="")] * 9)
    with pytest.raises(ApiError) as caught:
        cloud.aws.write("elbv2:ModifyRule", lambda: cloud.aws.elbv2().modify_rule(RuleArn="r", Actions=[]))
    assert caught.value.maybe_applied
    assert cloud.clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]  # one more would be after 121 s


@pytest.mark.parametrize("reply", STAYING)
def test_what_stays_is_raised_at_once(reply: JSON | Refusal | Exception) -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", reply)
    with pytest.raises(ApiError) as caught:
        cloud.aws.get_identity()
    assert not caught.value.retryable


def test_nothing_is_slept_for_past_the_deadline() -> None:
    cloud = ScriptedAws("sts", deadline=lambda: 1000.5)
    cloud.will("GetCallerIdentity", Refusal("Throttling"))
    with pytest.raises(ApiError):
        cloud.aws.get_identity()
    assert cloud.clock.sleeps == []


def test_an_error_carries_code_status_and_request_and_the_iam_action() -> None:
    cloud = ScriptedAws("elbv2")
    cloud.will("ModifyRule", Refusal("AccessDenied", 403, "User is not authorized"))
    with pytest.raises(ApiError) as caught:
        cloud.aws.write("elbv2:ModifyRule", lambda: cloud.aws.elbv2().modify_rule(RuleArn="r", Actions=[]))
    error = caught.value
    assert str(error) == (
        "AWS refused elbv2:ModifyRule (AccessDenied): User is not authorized."
        " Next: allow elasticloadbalancing:ModifyRule in the policy of the role that this run uses."
    )
    assert (error.service, error.call, error.status, error.code) == ("aws", "elbv2:ModifyRule", 403, "AccessDenied")
    assert (error.request_id, error.maybe_applied) == ("req-aws", False)


@pytest.mark.parametrize(
    ("reply", "applied"),
    [
        (Refusal("InternalError", 500), True),
        (Refusal("Throttling", 503), False),
        (Refusal("ValidationError"), False),
        (boto.ReadTimeoutError(endpoint_url=""), True),
        (boto.ConnectTimeoutError(endpoint_url=""), False),
        (boto.EndpointConnectionError(endpoint_url=""), False),
    ],
)
def test_a_write_may_have_happened_unless_it_surely_did_not(reply: JSON | Refusal | Exception, applied: bool) -> None:  # noqa: FBT001
    cloud = ScriptedAws("elbv2", attempts=1)
    cloud.will("ModifyRule", reply)
    with pytest.raises(ApiError) as caught:
        cloud.aws.write("elbv2:ModifyRule", lambda: cloud.aws.elbv2().modify_rule(RuleArn="r", Actions=[]))
    assert caught.value.maybe_applied == applied


def test_long_words_of_aws_are_cut() -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", Refusal("UnauthorizedOperation", 403, "Encoded message: " + "x" * 3000))
    with pytest.raises(ApiError, match="allow sts:GetCallerIdentity") as caught:
        cloud.aws.get_identity()
    assert len(str(caught.value)) < 600


def test_a_value_that_botocore_refuses_is_ours_to_correct() -> None:
    cloud = ScriptedAws("ec2")
    with pytest.raises(ApiError, match="Invalid AWS request ec2:DescribeImages: Parameter validation failed"):
        cloud.aws.read("ec2:DescribeImages", lambda: cloud.aws.ec2().describe_images(MaxResults="x"))  # type: ignore[arg-type]


@pytest.mark.parametrize("reply", connection_errors())
def test_no_error_shows_or_is_chained_to_a_signed_request(reply: Exception) -> None:
    cloud = ScriptedAws("sts", attempts=1)
    cloud.will("GetCallerIdentity", reply)
    with pytest.raises(SpotactionError) as caught:
        cloud.aws.get_identity()
    for error in _chain(caught.value):
        assert "SECRET" not in "".join(traceback.format_exception(error)) + repr(vars(error))


def test_who_we_are_is_known_with_its_partition() -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", WHO)
    assert cloud.aws.get_identity() == Identity("111122223333", WHO["Arn"], "aws-cn")


def test_another_account_than_the_allowed_is_refused() -> None:
    cloud = ScriptedAws("sts", allowed_account_ids=["444455556666"])
    cloud.will("GetCallerIdentity", WHO)
    with pytest.raises(CredentialError, match=r"account 111122223333.*allowed-account-ids \(444455556666\)"):
        cloud.aws.get_identity()


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "AuthFailure", "RequestExpired"])
def test_bad_credentials_are_one_clear_error(code: str) -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", Refusal(code, 403))
    with pytest.raises(CredentialError, match=f"{code}.*configure-aws-credentials"):
        cloud.aws.get_identity()


CORRECT_KEYS = (
    "correct or unset the AWS keys in the environment of this step; without keys, role-to-assume is assumed with the "
    "job's OIDC token (`permissions: id-token: write`)"
)


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_bad_keys_to_assume_a_role_with_are_to_be_corrected_or_left_out(code: str) -> None:
    cloud = ScriptedAws("sts", role=Role(ROLE))
    cloud.will("GetCallerIdentity", Refusal(code, 403))
    with pytest.raises(CredentialError) as caught:
        cloud.aws.get_identity()
    assert caught.value.next_step == CORRECT_KEYS


def test_a_profile_to_assume_a_role_with_that_is_not_here_is_to_be_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "deploy")
    with pytest.raises(CredentialError, match="AWS_PROFILE") as caught:
        AwsSession(FakeClock(), region=REGION, environ={}, role=Role(ROLE)).get_identity()
    assert caught.value.next_step == f"unset AWS_PROFILE; {CORRECT_KEYS}"


@pytest.mark.parametrize("code", ["InvalidIdentityToken", "AccessDenied", "ExpiredTokenException"])
def test_a_role_that_does_not_take_the_jobs_token_is_a_matter_of_its_trust_policy(code: str) -> None:
    error = translate_error(
        boto.ClientError({"Error": {"Code": code, "Message": "no"}}, "x"),
        call=WEB_IDENTITY,
        mutation=False,
        for_role=False,
    )
    assert error.next_step.startswith("check the trust policy of role-to-assume: the provider token.actions.")


def test_keys_that_expired_meanwhile_are_to_live_longer() -> None:
    cloud = ScriptedAws("sts")
    cloud.will("GetCallerIdentity", Refusal("ExpiredToken", 403))
    with pytest.raises(CredentialError) as caught:
        cloud.aws.get_identity()
    assert caught.value.next_step == (
        "use role-to-assume, whose keys the action renews while it runs, or configure a longer "
        "session in configure-aws-credentials (role-duration-seconds)"
    )


def test_no_credentials_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialError, match="No AWS credentials were found"):
        AwsSession(FakeClock(), region=REGION, environ={}).get_identity()


def test_half_of_a_key_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialError, match="incomplete"):
        AwsSession(FakeClock(), region=REGION, environ={}).get_identity()


def test_a_profile_that_the_container_does_not_see_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "deploy")
    with pytest.raises(CredentialError, match="AWS_PROFILE"):
        AwsSession(FakeClock(), region=REGION, environ={}).get_identity()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once the `credential_process` of the machine's profiles has run."""
    ran = tmp_path / "ran"
    lines = f"credential_process = touch {ran}\nregion = eu-south-1\nendpoint_url = https://elsewhere.test\n"
    (tmp_path / "config").write_text(f"[default]\n{lines}[profile deploy]\n{lines}", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return ran


def test_with_the_jobs_token_no_profile_of_the_machine_is_read(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "deploy")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    session, _ = github(Reply(200, {"value": "jwt-1"}))
    sent: list[str] = []

    def answer(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(f"{request.url} {'signed' if 'Authorization' in request.headers else 'unsigned'}")
        raise boto.ConnectTimeoutError(endpoint_url=request.url)

    def adjust(session: "boto3.Session") -> None:
        session.events.register("before-send", answer)

    aws = AwsSession(
        FakeClock(), region=REGION, environ=ENVIRON, web_identity=Role(ROLE), http=session, attempts=1, adjust=adjust
    )
    with pytest.raises(ApiError, match="AssumeRoleWithWebIdentity"):
        aws.get_identity()
    assert (sent, program.exists()) == ([f"https://sts.{REGION}.amazonaws.com/ unsigned"], False)


def test_with_keys_in_the_environment_no_profile_of_the_machine_is_read(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "deploy")
    cloud = ScriptedAws("sts", environ={"AWS_ACCESS_KEY_ID": "AKIATEST"})
    cloud.will("GetCallerIdentity", WHO)
    assert cloud.aws.get_identity().account == "111122223333"
    assert (cloud.aws.sts().meta.endpoint_url, program.exists()) == (f"https://sts.{REGION}.amazonaws.com", False)


@pytest.mark.parametrize(
    ("given", "environ", "region"),
    [
        ("eu-west-1", {"AWS_REGION": "a"}, "eu-west-1"),
        ("", {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a"),
        ("", {"AWS_DEFAULT_REGION": "b"}, "b"),
    ],
)
def test_the_region_is_given_or_in_either_variable(given: str, environ: dict[str, str], region: str) -> None:
    assert AwsSession(FakeClock(), region=given, environ=environ).region == region


def test_without_a_region_the_inputs_are_named() -> None:
    with pytest.raises(CredentialError, match="AWS_DEFAULT_REGION"):
        AwsSession(FakeClock(), environ={}).get_identity()


def test_the_keys_of_the_runner_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-the-runner")
    masked: list[str] = []
    cloud = ScriptedAws("sts", mask=masked.append)
    cloud.will("GetCallerIdentity", WHO)
    cloud.aws.get_identity()
    assert masked == ["AKIATEST", "secret-of-the-runner", "token-of-the-runner"]


def test_clients_are_made_once_and_do_not_retry_by_themselves() -> None:
    aws = AwsSession(FakeClock(), region=REGION, environ={}, user_agent="spotaction/1 (acme/web\nrun 7/1)")
    assert aws.elbv2() is aws.elbv2()
    assert aws.ec2() is aws.ec2(REGION)
    config = aws.elbv2().meta.config
    assert config.retries["total_max_attempts"] == 1  # type: ignore[attr-defined]
    assert (config.connect_timeout, config.read_timeout) == (5, 20)  # type: ignore[attr-defined]
    assert config.user_agent_extra == "spotaction/1 (acme/web run 7/1)"  # type: ignore[attr-defined]


def test_boto3_is_not_imported_before_aws_is_called() -> None:
    program = """
import sys
from spotaction.cloud import clock
from spotaction.cloud.aws import alarms, images, listener_rules, session
from spotaction.cloud.spot import elastigroups
print([name for name in ("boto3", "botocore.session", "botocore.client") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "[]"


def test_every_call_is_told_to_the_observer() -> None:
    seen: list[object] = []

    def observe(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001
        seen.append((method, template, status, seconds, mutation))

    cloud = ScriptedAws("sts", on_call=observe)
    cloud.will("GetCallerIdentity", Refusal("Throttling"), boto.ReadTimeoutError(endpoint_url=""), WHO)
    cloud.aws.get_identity()
    assert seen == [("POST", "sts:GetCallerIdentity", status, 0.0, False) for status in (400, None, 200)]


def test_no_call_begins_after_a_signal() -> None:
    interrupt = Cancellation()
    cloud = ScriptedAws("sts", interrupt=interrupt)
    interrupt.request_cancel("SIGINT")
    with pytest.raises(CancelledError):
        cloud.aws.get_identity()
    assert cloud.sent == []


def test_a_signal_that_botocore_wrapped_is_a_cancel_even_at_the_last_attempt() -> None:
    interrupt = Cancellation()
    cloud = ScriptedAws("sts", interrupt=interrupt, attempts=1)

    def hang() -> None:
        try:
            interrupt.request_cancel("SIGTERM")
        except CancelledError as error:
            raise boto.HTTPClientError(error=error) from error

    with pytest.raises(CancelledError, match="SIGTERM"):
        cloud.aws.read("sts:GetCallerIdentity", hang)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("acme/web", "77"), "acme-web-77"),
        (("acme/web app\u00e9",), "acme-web-app-"),
        (("a" * 80,), "a" * 64),
        (("",), "spotaction"),
        (("x",), "spotaction"),
    ],
)
def test_a_session_name_is_one_that_sts_takes(parts: tuple[str, ...], name: str) -> None:
    assert session_name(*parts) == name


def test_issued_keys_are_masked_and_handed_on() -> None:
    masked: list[str] = []
    expiry = datetime(2026, 11, 24, 13, tzinfo=UTC)
    issued = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expiry}
    assert metadata_of(issued, masked.append) == {
        "access_key": "ASIA",
        "secret_key": "s",
        "token": "t",
        "expiry_time": "2026-11-24T13:00:00+00:00",
    }
    assert masked == ["ASIA", "s", "t"]


ENVIRON = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.test/issue?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-SECRET",
}


def github(*replies: Reply | Exception) -> tuple[requests.Session, ScriptedSpot]:
    session, script = requests.Session(), ScriptedSpot(replies)
    session.mount("https://", script)
    return session, script


def test_the_jobs_token_is_fetched_for_aws_and_masked() -> None:
    session, script = github(Reply(200, {"value": "jwt-1"}))
    masked: list[str] = []
    assert ActionsToken.from_environment(ENVIRON).fetch_token(session, masked.append) == "jwt-1"
    assert masked == ["jwt-1"]
    assert script.sent[0].url == "https://token.test/issue?api-version=2.0&audience=sts.amazonaws.com"
    assert script.sent[0].headers["Authorization"] == "bearer bearer-SECRET"


def test_the_jobs_token_is_asked_for_nowhere_else() -> None:
    session, script = github(
        Reply(302, "", {"Location": "https://elsewhere.test/issue"}), Reply(200, {"value": "jwt-1"})
    )
    with pytest.raises(CredentialError, match="GitHub did not issue an OIDC token"):
        ActionsToken.from_environment(ENVIRON).fetch_token(session, list[str]().append)
    assert len(script.sent) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(403, ""), "HTTP 403"),
        (Reply(200, "<html>"), "JSON"),
        (Reply(200, ["x"]), "not JSON"),
        (Reply(200, {}), "HTTP 200"),
        (requests.ReadTimeout("bearer-SECRET"), "ReadTimeout"),
    ],
)
def test_a_token_that_github_does_not_issue_is_an_error_without_secrets(reply: Reply | Exception, words: str) -> None:
    with pytest.raises(CredentialError, match=words) as caught:
        ActionsToken.from_environment(ENVIRON).fetch_token(github(reply)[0], list[str]().append)
    for error in _chain(caught.value):
        assert "SECRET" not in "".join(traceback.format_exception(error)) + repr(vars(error))


def test_a_job_without_the_permission_is_told_so() -> None:
    with pytest.raises(CredentialError, match="id-token: write"):
        ActionsToken.from_environment({})


def test_secrets_are_not_in_a_repr() -> None:
    shown = repr(Role("arn", external_id="SECRET")) + repr(ActionsToken("url", "SECRET"))
    assert "SECRET" not in shown


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
