"""The connection to one AWS account: its credentials, clients and calls."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import requests

from spotaction.cloud.aws.calls import AwsCalls, require_complete
from spotaction.cloud.aws.credentials import (
    ActionsToken,
    Mask,
    Role,
    anonymous_session,
    metadata_of,
    refreshing_session,
    session_of_environment,
)
from spotaction.cloud.aws.errors import CORRECT_KEYS, GET_CREDENTIALS
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.idle import do_nothing
from spotaction.cloud.retry import Observer, RetryPolicy, ignore_call, no_deadline
from spotaction.model.errors import CredentialError, SpotactionError
from spotaction.model.ports import Clock

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

T = TypeVar("T")
Service = Literal["cloudwatch", "ec2", "elbv2", "lambda", "service-quotas", "sts"]
CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 20  # seconds
LAMBDA_TIMEOUT = 905  # seconds: botocore's own 60 would end a call while the function runs, for up to 900
_IN_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")


@dataclass(frozen=True)
class Identity:
    """The identity of the credentials; `partition` is `aws`, `aws-cn`, `aws-us-gov` and so on."""

    account: str
    arn: str
    partition: str


def ignore_secret(secret: str) -> None:
    """Do nothing: there is no log in which a secret would have to be masked."""


class AwsSession:
    """An AWS account, accessed with the runner's identity or a role assumed from it.

    `web_identity` is a role to assume with the job's OIDC token, `role` one to assume with the identity of then.
    `region` falls back to AWS_REGION and AWS_DEFAULT_REGION in `environ`, then to the profile's. `http` and `adjust`
    replace the network in a sandbox. Every secret goes to `mask` as soon as it is known. `deadline` returns a time on
    `clock` (seconds).
    `in_turn` is for a sandbox whose clock jumps, and for cassettes: no two calls are made at the same time there.
    botocore's own retries are off, because they sleep on the real clock; `read` and `write` retry instead.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        region: str = "",
        environ: Mapping[str, str] | None = None,
        web_identity: Role | None = None,
        role: Role | None = None,
        allowed_account_ids: Sequence[str] = (),
        mask: Mask = ignore_secret,
        interrupt: Cancellation | None = None,
        deadline: Callable[[], float] = no_deadline,
        attempts: int = 5,
        user_agent: str = "spotaction",
        http: requests.Session | None = None,
        adjust: "Callable[[boto3.Session], None] | None" = None,
        on_call: Observer = ignore_call,
        in_turn: bool = False,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._region = region or self._environ.get("AWS_REGION", "") or self._environ.get("AWS_DEFAULT_REGION", "")
        self._web_identity = web_identity
        self._role = role
        self._allowed = tuple(allowed_account_ids)
        self._mask = mask
        retry_policy = RetryPolicy(clock, deadline=deadline, attempts=attempts)
        self._calls = AwsCalls(
            retry_policy, interrupt if interrupt is not None else Cancellation(), on_call, for_role=role is not None
        )
        self._user_agent = user_agent
        self._http = http
        self._adjust = adjust
        self._in_turn = in_turn
        self._made: boto3.Session | None = None
        self._clients: dict[tuple[Service, str], object] = {}
        self._making = threading.Lock()  # boto3 cannot make two clients at once
        self._until: float | None = None

    @property
    def clock(self) -> Clock:
        """The clock for sleeps between attempts, and for what has expired."""
        return self._calls.retry_policy.clock

    @property
    def region(self) -> str:
        """The default region of calls. Raises `CredentialError` if none is set."""
        self._region = self._region or self._region_of_profile()
        if self._region:
            return self._region
        raise CredentialError(
            "No AWS region is set.", next_step="set the input aws-region, AWS_REGION or AWS_DEFAULT_REGION"
        )

    def _region_of_profile(self) -> str:
        """The region of the profile, where its credentials would be used as well; empty if it has none."""
        if self._web_identity is not None or any(self._environ.get(name) for name in _IN_ENVIRONMENT):
            return ""
        import boto3  # noqa: PLC0415  (heavy; only when AWS is called)

        return boto3.Session().region_name or ""

    def get_identity(self) -> Identity:
        """Return the identity of the credentials: the first call, so that bad ones fail early and clearly.

        Raises `CredentialError`, also if the account is not one of the `allowed_account_ids` given.
        """
        answer = self.read(
            "sts:GetCallerIdentity", lambda: require_complete(self.sts().get_caller_identity(), "Account")
        )
        identity = Identity(answer["Account"], answer["Arn"], answer["Arn"].split(":")[1])
        if self._allowed and identity.account not in self._allowed:
            raise CredentialError(
                f"The AWS credentials belong to account {identity.account}, which is not in allowed-account-ids"
                f" ({', '.join(self._allowed)}).",
                next_step="check which role the job assumes, or correct allowed-account-ids",
            )
        return identity

    def read(self, call: str, send: Callable[[], T]) -> T:
        """Send a call that changes nothing, named `client:Operation`, with retries; returns its response."""
        if self._until is not None:
            return self.read_by(call, send, self._until)
        return self._calls.send_with_retries(call, send, mutation=False)

    def read_by(self, call: str, send: Callable[[], T], deadline: float) -> T:
        """Send a call that changes nothing, with retries that end by `deadline`, also if it is never answered."""
        return self._calls.send_by(call, send, deadline, in_turn=self._in_turn)

    def limited_to(self, deadline: float) -> "AwsSession":
        """Return this session with every `read` over by `deadline`, as with `read_by`."""
        limited = copy(self)
        limited._until = deadline  # noqa: SLF001 - a session like this one
        return limited

    def call_once(
        self, call: str, send: Callable[[], T], deadline: float, on_idle: Callable[[], None] = do_nothing
    ) -> T:
        """Send a call that may not be repeated, and return what is answered by `deadline`, unless `on_idle` raises."""
        return self._calls.send_by(call, send, deadline, in_turn=self._in_turn, once=True, on_idle=on_idle)

    def read_at_once(self, calls: Sequence[tuple[str, Callable[[], object]]]) -> tuple[SpotactionError | None, ...]:
        """Send calls that a run can do without side by side, each once, and return the error of each, or None.

        A session that is `in_turn` sends them one after another.
        """
        return self._calls.send_at_once(calls, in_turn=self._in_turn)

    def write(self, call: str, send: Callable[[], T]) -> T:
        """Send a call that sets an absolute state, with retries; returns its response."""
        return self._calls.send_with_retries(call, send, mutation=True)

    def ec2(self, region: str = "") -> "EC2Client":
        """Return a client for EC2, to be used only inside `read` or `write`."""
        return cast("EC2Client", self._get_client("ec2", region))

    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Return a client for ELBv2, to be used only inside `read` or `write`."""
        return cast("ElasticLoadBalancingv2Client", self._get_client("elbv2"))

    def cloudwatch(self) -> "CloudWatchClient":
        """Return a client for CloudWatch, to be used only inside `read` or `write`."""
        return cast("CloudWatchClient", self._get_client("cloudwatch"))

    def functions(self, region: str = "") -> "LambdaClient":
        """Return a client for Lambda, to be used only inside `call_once`."""
        return cast("LambdaClient", self._get_client("lambda", region))

    def quotas(self) -> "ServiceQuotasClient":
        """Return a client for Service Quotas, to be used only inside `read` or `read_at_once`."""
        return cast("ServiceQuotasClient", self._get_client("service-quotas"))

    def sts(self) -> "STSClient":
        """Return a client for STS, to be used only inside `read` or `write`."""
        return cast("STSClient", self._get_client("sts"))

    def _get_client(self, service: Service, region: str = "") -> object:
        key = (service, region or self.region)
        with self._making:
            if key not in self._clients:
                if self._made is None:
                    self._made = self._make_session()
                self._clients[key] = self._make_client(self._made, *key)
            return self._clients[key]

    def _make_client(self, session: "boto3.Session", service: Service, region: str) -> object:
        from botocore.config import Config  # noqa: PLC0415  (heavy; only when AWS is called)

        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=LAMBDA_TIMEOUT if service == "lambda" else READ_TIMEOUT,
            tcp_keepalive=service == "lambda",  # a NAT gateway drops what is silent for 350 s
            user_agent_extra=" ".join(self._user_agent.encode("ascii", "replace").decode().split()),
        )
        return session.client(service, region_name=region, config=config)

    def _make_session(self) -> "boto3.Session":
        session = self._first_session()
        if self._adjust is not None:
            self._adjust(session)
        if self._web_identity is not None:
            session = self._assume_role(session, self._web_identity, self._keys_by_token)
        else:
            self._mask_keys(session)
        if self._role is not None:
            session = self._assume_role(session, self._role, self._keys_by_role)
        return session

    def _first_session(self) -> "boto3.Session":
        """The session before any role is assumed; a profile counts only if the environment has no credentials."""
        if self._web_identity is not None:
            return anonymous_session(region=self.region)
        if any(self._environ.get(name) for name in _IN_ENVIRONMENT):
            return session_of_environment(region=self.region)
        import boto3  # noqa: PLC0415  (heavy; only when AWS is called)

        return boto3.Session(region_name=self.region)

    def _assume_role(
        self, session: "boto3.Session", role: Role, keys: Callable[["STSClient", Role], dict[str, str]]
    ) -> "boto3.Session":
        sts = cast("STSClient", self._make_client(session, "sts", self.region))
        assumed = refreshing_session(lambda: keys(sts, role), region=self.region, now=self.clock.time)
        assumed.get_credentials()  # loads the provider before `adjust` sees the session; fetches nothing
        if self._adjust is not None:
            self._adjust(assumed)
        return assumed

    def _keys_by_role(self, sts: "STSClient", role: Role) -> dict[str, str]:
        request: AssumeRoleRequestTypeDef = {
            "RoleArn": role.arn,
            "RoleSessionName": role.session_name,
            "DurationSeconds": role.duration,
        }
        if role.external_id:
            request["ExternalId"] = role.external_id
        issued = self.read("sts:AssumeRole", lambda: sts.assume_role(**request))
        return metadata_of(issued["Credentials"], self._mask)

    def _keys_by_token(self, sts: "STSClient", role: Role) -> dict[str, str]:
        http = self._http if self._http is not None else requests.Session()
        jwt = ActionsToken.from_environment(self._environ).fetch_token(http, self._mask)
        issued = self.read(
            "sts:AssumeRoleWithWebIdentity",
            lambda: sts.assume_role_with_web_identity(
                RoleArn=role.arn,
                RoleSessionName=role.session_name,
                DurationSeconds=role.duration,
                WebIdentityToken=jwt,
            ),
        )
        return metadata_of(issued["Credentials"], self._mask)

    def _mask_keys(self, session: "boto3.Session") -> None:
        credentials = session.get_credentials()
        if credentials is None:
            way = CORRECT_KEYS if self._role is not None else GET_CREDENTIALS
            raise CredentialError("No AWS credentials were found.", next_step=way)
        frozen = credentials.get_frozen_credentials()
        for secret in (frozen.access_key, frozen.secret_key, frozen.token):
            if secret:
                self._mask(secret)
