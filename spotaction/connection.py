"""Makes the adapters from the inputs: Spot always, AWS where it is needed or there are credentials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from spotaction.adapters.clock import Interrupt
from spotaction.adapters.patience import Observer, Patience, at_leisure, never, unobserved
from spotaction.inputs import Inputs, Runner
from spotaction.ports import Alarms, Clock, Groups, Images, Routes

if TYPE_CHECKING:
    import boto3
    import requests

    from spotaction.adapters.aws import Aws, Identity
    from spotaction.adapters.aws_credentials import Role

VERSION = "1.0.0"
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True)
class Transport:
    """How to reach the clouds, where it is not the network: for a sandbox in the same process."""

    http: "requests.Session | None" = None
    adjust: "Callable[[boto3.Session], None] | None" = None


@dataclass(frozen=True)
class Clouds:
    """The ports of one run; those of AWS are None when nobody asked for AWS and there are no credentials."""

    groups: Groups
    region: str
    images: Images | None = None
    routes: Routes | None = None
    alarms: Alarms | None = None
    identity: "Identity | None" = None

    @property
    def arn_head(self) -> str:
        """How the ARNs of this account's load balancers begin."""
        if self.identity is None:
            return ""
        return f"arn:{self.identity.partition}:elasticloadbalancing:{self.region}:{self.identity.account}:"


def connect(
    inputs: Inputs,
    runner: Runner,
    environ: Mapping[str, str],
    *,
    clock: Clock,
    interrupt: Interrupt,
    mask: Callable[[str], None],
    region: str,
    transport: Transport,
    deadline: Callable[[], float] = never,
    hurried: Callable[[], bool] = at_leisure,
    on_call: Observer = unobserved,
    routes: bool = False,
) -> Clouds:
    """The adapters for these inputs. The first AWS call is who we are.

    Raises `CredentialError`, and `InvalidError` where the environment names certificates that are none.

    `on_call` is told of every call that goes out. `deadline` gives the moment on the clock after which nothing is
    slept for or tried again; while `hurried`, nothing is held back for others. `routes` tells that load balancers are
    needed.
    """
    from spotaction.adapters import certificates  # noqa: PLC0415 - a validation sends nothing anywhere
    from spotaction.adapters.spot import SpotGroups  # noqa: PLC0415 - same
    from spotaction.adapters.spot_http import SpotHttp  # noqa: PLC0415 - same

    with_aws = routes or _wants_aws(inputs, environ)
    certificates.check(environ, aws=with_aws)
    agent = _user_agent(runner)
    patience = Patience(clock, deadline=deadline, hurried=hurried)
    spot = SpotHttp(
        inputs.spot_token,
        patience,
        account=inputs.spot_account_id,
        base_url=inputs.spot_api_url,
        user_agent=agent,
        interrupt=interrupt,
        session=transport.http,
        on_call=on_call,
        draw=Random(f"{runner.run.id}/{runner.run.attempt}/{inputs.app_name}/{inputs.environment}").random,  # noqa: S311
    )
    groups = SpotGroups(spot)
    if not with_aws:
        return Clouds(groups, region)
    from spotaction.adapters.aws_alarms import CloudWatchAlarms  # noqa: PLC0415 - AWS is heavy
    from spotaction.adapters.aws_images import Ec2Images  # noqa: PLC0415 - same
    from spotaction.adapters.aws_routes import ElbRoutes  # noqa: PLC0415 - same

    aws = _aws(
        inputs,
        runner,
        environ,
        clock=clock,
        interrupt=interrupt,
        mask=mask,
        region=region,
        agent=agent,
        transport=transport,
        deadline=deadline,
        on_call=on_call,
    )
    identity = aws.identity()
    return Clouds(groups, aws.region, Ec2Images(aws), ElbRoutes(aws), CloudWatchAlarms(aws), identity)


def _wants_aws(inputs: Inputs, environ: Mapping[str, str]) -> bool:
    needed = bool(inputs.load_balancers or inputs.standalone_shift or inputs.alarms or inputs.role_to_assume)
    return needed or not inputs.ami_id or any(environ.get(name) for name in _CREDENTIALS)


def _aws(
    inputs: Inputs,
    runner: Runner,
    environ: Mapping[str, str],
    *,
    clock: Clock,
    interrupt: Interrupt,
    mask: Callable[[str], None],
    region: str,
    agent: str,
    transport: Transport,
    deadline: Callable[[], float],
    on_call: Observer,
) -> "Aws":
    from spotaction.adapters.aws import Aws  # noqa: PLC0415 - AWS is heavy

    role = _role(inputs, runner)
    by_token = role is not None and not any(environ.get(name) for name in _CREDENTIALS)
    return Aws(
        clock,
        region=region,
        environ=environ,
        web_identity=role if by_token else None,
        role=None if by_token else role,
        allowed_account_ids=inputs.allowed_account_ids,
        mask=mask,
        interrupt=interrupt,
        user_agent=agent,
        deadline=deadline,
        http=transport.http,
        adjust=transport.adjust,
        on_call=on_call,
    )


def _role(inputs: Inputs, runner: Runner) -> "Role | None":
    from spotaction.adapters.aws_credentials import Role, session_name  # noqa: PLC0415 - AWS is heavy

    if not inputs.role_to_assume:
        return None
    name = inputs.role_session_name or session_name(f"{runner.run.repository}-{runner.run.id}")
    return Role(inputs.role_to_assume, inputs.role_external_id, name)


def _user_agent(runner: Runner) -> str:
    run = runner.run
    where = f"{run.repository} run {run.id}/{run.attempt}" if run.id else "outside of a workflow"
    return f"spotaction/{VERSION} ({where})"
