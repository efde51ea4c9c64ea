"""The composition root: the one place where inputs, adapters and the engine meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isfinite
from random import Random
from typing import TYPE_CHECKING

from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import Observer, RetryPolicy, ignore_call, is_never_hurried, no_deadline, no_spacing
from spotaction.documents.source import check_document, parse_document
from spotaction.github.progress import Progress
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model import record
from spotaction.model.choices import Operation, Override
from spotaction.model.deployment import Deployment
from spotaction.model.errors import InvalidError, RefusedError
from spotaction.model.marker import new_nonce
from spotaction.model.ports import (
    AlarmApi,
    CapacityApi,
    Clock,
    ElastigroupApi,
    HttpClient,
    ImageApi,
    ImageQuery,
    LoadBalancerApi,
)
from spotaction.model.resources import Image, ImageId, JsonObject
from spotaction.model.safety_rule import SafetyRule
from spotaction.pipeline.expression_context import ANY_VERSION
from spotaction.pipeline.prepare import Prepared

if TYPE_CHECKING:
    import boto3
    import requests

    from spotaction.cloud.aws.credentials import Role
    from spotaction.cloud.aws.session import AwsSession, Identity
    from spotaction.engine.context import DeployContext

VERSION = "1.0.0"
_IN_TURNS = frozenset(
    {Operation.DEPLOY, Operation.PLAN, Operation.CONTINUE}
)  # a rollback and the post step wait for nobody
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True)
class Transport:
    """How to reach Spot and AWS instead of over the network: for a sandbox in the same process.

    With `in_turn` no two calls are made at the same time. `web` makes the requests of checks.
    """

    http: "requests.Session | None" = None
    adjust: "Callable[[boto3.Session], None] | None" = None
    in_turn: bool = False
    web: HttpClient | None = None


@dataclass(frozen=True)
class Clouds:
    """The ports of one run; those of AWS are None if no input needs AWS and there are no credentials.

    `read_spacing` returns how many seconds apart reads of Spot should be, because of its rate limit.
    """

    groups: ElastigroupApi
    region: str
    images: ImageApi | None = None
    routes: LoadBalancerApi | None = None
    alarms: AlarmApi | None = None
    capacity: CapacityApi | None = None
    identity: "Identity | None" = None
    read_spacing: Callable[[], float] = no_spacing
    aws: "AwsSession | None" = field(default=None, repr=False)

    @property
    def arn_head(self) -> str:
        """The head of this account's ARNs at ELBv2; empty without AWS."""
        if self.identity is None:
            return ""
        return f"arn:{self.identity.partition}:elasticloadbalancing:{self.region}:{self.identity.account}:"


def connect(
    inputs: Inputs,
    runner: WorkflowRun,
    environ: Mapping[str, str],
    *,
    clock: Clock,
    interrupt: Cancellation,
    mask: Callable[[str], None],
    region: str,
    transport: Transport,
    deadline: Callable[[], float] = no_deadline,
    hurried: Callable[[], bool] = is_never_hurried,
    on_call: Observer = ignore_call,
    routes: bool = False,
    in_turns: bool = False,
    ask_region: Callable[[ElastigroupApi], str] | None = None,
) -> Clouds:
    """Return the adapters for these inputs, after a first call to AWS for the identity.

    `on_call` is called after every call that was sent. `deadline` returns the time on the clock after which there are
    no sleeps or retries; while `hurried` returns true, no call is held back for other clients. `routes` is whether load
    balancers are needed, and `in_turns` whether the first call waits for those of the jobs before this one.
    `ask_region` finds out the region at Spot, before the first call to AWS. Raises `CredentialError`, and
    `InvalidError` if the environment names certificates that cannot be used.
    """
    from spotaction.cloud import certificates
    from spotaction.cloud.spot.elastigroups import SpotElastigroupApi
    from spotaction.cloud.spot.http import SpotHttpClient
    from spotaction.cloud.spot.rate_limit import Place

    with_aws = routes or _wants_aws(inputs, environ)
    certificates.check(environ, aws=with_aws)
    agent = _user_agent(runner)
    retry_policy = RetryPolicy(clock, deadline=deadline, hurried=hurried)
    spot = SpotHttpClient(
        inputs.spot_token,
        retry_policy,
        account=inputs.spot_account_id,
        base_url=inputs.spot_api_url,
        user_agent=agent,
        interrupt=interrupt,
        session=transport.http,
        on_call=on_call,
        draw=Random(f"{runner.run.id}/{runner.run.attempt}/{inputs.app_name}/{inputs.environment}").random,  # noqa: S311
        place=Place(inputs.job_matrix.index, inputs.job_matrix.jobs) if in_turns else None,
    )
    groups = SpotElastigroupApi(spot)
    if ask_region is not None:
        region = ask_region(groups)
    if not with_aws:
        return Clouds(groups, region, read_spacing=spot.read_spacing)
    from spotaction.cloud.aws.alarms import CloudWatchAlarms
    from spotaction.cloud.aws.capacity import Ec2Capacity
    from spotaction.cloud.aws.images import Ec2Images
    from spotaction.cloud.aws.listener_rules import ElbLoadBalancerApi
    from spotaction.cloud.aws.session import AwsSession

    role = _role(inputs, runner)
    # Outside of GitHub there is no such token: there the role is assumed with whatever boto3 finds.
    by_token = role is not None and not any(environ.get(name) for name in _CREDENTIALS) and _is_workflow(environ)
    aws = AwsSession(
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
        in_turn=transport.in_turn,
        on_call=on_call,
    )
    identity = aws.get_identity()
    images, routes_api, alarms = Ec2Images(aws), ElbLoadBalancerApi(aws), CloudWatchAlarms(aws)
    return Clouds(groups, aws.region, images, routes_api, alarms, Ec2Capacity(aws), identity, spot.read_spacing, aws)


def _is_workflow(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true" or bool(environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"))


def _wants_aws(inputs: Inputs, environ: Mapping[str, str]) -> bool:
    needed = bool(inputs.load_balancers or inputs.alarms or inputs.role_to_assume)
    return needed or not inputs.ami_id or any(environ.get(name) for name in _CREDENTIALS)


def _role(inputs: Inputs, runner: WorkflowRun) -> "Role | None":
    from spotaction.cloud.aws.credentials import Role, session_name

    if not inputs.role_to_assume:
        return None
    name = inputs.role_session_name or session_name(f"{runner.run.repository}-{runner.run.id}")
    return Role(inputs.role_to_assume, inputs.role_external_id, name)


def _user_agent(runner: WorkflowRun) -> str:
    run = runner.run
    where = f"{run.repository} run {run.id}/{run.attempt}" if run.id else "outside a workflow"
    return f"spotaction/{VERSION} ({where})"


TO_RESTORE = 2.0  # seconds after a signal in which production's routes may still be restored


@dataclass(frozen=True)
class Environment:
    """Where a run takes place: environment variables, clock, signals, and the transport to Spot and AWS.

    `deadline` is the time on the clock after which there are no waits or retries. `rules` are all safety rules, except
    in a test that wants to see what one is for. `nonce` draws what distinguishes this run's markers from all others.
    With `dry_run`, a rollback only shows what it would write. `confirmed` is the group that a person then agreed to
    remove; empty if nobody was asked.
    """

    environ: Mapping[str, str]
    clock: Clock
    interrupt: Cancellation
    transport: Transport
    deadline: float = inf
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)
    nonce: Callable[[], str] = new_nonce
    dry_run: bool = False
    confirmed: str = ""


def region_of(inputs: Inputs, prepared: Prepared) -> str:
    """Return the region of group, load balancers and image. Raises `RefusedError` if they are not the same."""
    config = prepared.definitions.config.region if prepared.definitions else None
    if config and inputs.aws_region and config != inputs.aws_region:
        raise RefusedError(
            f"The Elastigroup config is for {config}, but the AWS region is {inputs.aws_region}.",
            next_step="set aws-region to the region of the group, or correct the config.",
        )
    named = [
        arn
        for balancer in prepared.execution.setup.load_balancers
        for arn in (balancer.prod_rule, balancer.stage_rule, balancer.stage_target_group)
        if arn
    ]
    for arn in named:
        if config and arn.split(":")[3] != config:
            raise RefusedError(f"{arn} is not in {config}, which is the region of the Elastigroup config.")
    # In a rollback without documents only the ARNs of the load balancers show the region.
    return config or inputs.aws_region or next((arn.split(":")[3] for arn in named), "")


def open_context(
    inputs: Inputs,
    runner: WorkflowRun,
    environment: Environment,
    progress: Progress,
    *,
    region: str,
    routes: bool = False,
    ask_region: Callable[[ElastigroupApi], str] | None = None,
) -> tuple[Clouds, "DeployContext"]:
    """Return the adapters and the engine's context on them. Raises `CredentialError`.

    `routes` is whether load balancers are needed, `ask_region` finds out the region if it is not known yet.
    """
    from spotaction.engine.waits.call_budget import CallBudget, WatchfulClock

    progress.set_region(region)
    budget = CallBudget(until=environment.clock.now() + inputs.on_conflict + inputs.timeout)
    clouds = connect(
        inputs,
        runner,
        environment.environ,
        clock=WatchfulClock(environment.clock, budget, progress.handle_event),
        interrupt=environment.interrupt,
        mask=progress.commands.mask,
        region=region,
        transport=environment.transport,
        deadline=lambda: min(environment.deadline, budget.until),
        hurried=lambda: budget.hurried,
        on_call=progress.call_stats,
        routes=routes,
        in_turns=inputs.operation in _IN_TURNS and not isfinite(environment.deadline),
        ask_region=ask_region,
    )
    _log_identity(clouds, inputs, progress)
    budget.read_spacing = clouds.read_spacing
    return clouds, replace(_build_context(inputs, clouds, progress, environment), call_budget=budget)


def open_deployment(
    inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress, prepared: Prepared
) -> tuple[Clouds, "DeployContext"]:
    """Return the adapters and the context of an operation on these documents, with their checks.

    Raises `CredentialError`, and `RefusedError` if the documents are for different regions.
    """
    region, needs_aws = region_of(inputs, prepared), prepared.execution.needs_aws
    clouds, context = open_context(inputs, runner, environment, progress, region=region, routes=needs_aws)
    if not prepared.execution.all_checks:
        return clouds, context
    from spotaction.checks.document import secret_values
    from spotaction.checks.probes import forecast_check, make_probe
    from spotaction.cloud.check_ports import connect_web, open_check_ports
    from spotaction.engine.release_checks import ReleaseChecks
    from spotaction.engine.waits.call_budget import WatchfulClock

    for secret in secret_values(prepared.execution.all_checks):
        progress.commands.mask(secret)
    budget, agent = context.call_budget, _user_agent(runner)

    def on_idle() -> None:
        budget.on_idle()  # another one in each wait

    ports = open_check_ports(
        WatchfulClock(environment.clock, budget, progress.handle_event),
        environment.transport.web or connect_web(environment.interrupt, user_agent=agent, on_idle=on_idle),
        clouds.aws,
        load_balancers=clouds.routes,
        alarms=clouds.alarms,
        server_time=clouds.groups.time,
        on_idle=on_idle,
    )
    checks = ReleaseChecks.placed(
        prepared.execution.checks,
        partial(make_probe, ports=ports),
        partial(forecast_check, ports=ports),
        environment=prepared.environment,
        region=clouds.region,
    )
    return clouds, replace(context, checks=checks)


def find_image(inputs: Inputs, prepared: Prepared, clouds: Clouds) -> Image:
    """Return the image to deploy, whose architecture the instance types have. Raises `RefusedError`."""
    from spotaction.documents.elastigroup.architecture import require_bootable

    assert prepared.definitions is not None
    query = image_query(inputs, prepared, clouds)
    if clouds.images is None or query is None:
        return Image(ImageId(inputs.ami_id), "")
    image = clouds.images.find(query)
    require_bootable(image, prepared.definitions.config.instance_types)
    return image


def image_query(inputs: Inputs, prepared: Prepared, clouds: Clouds) -> ImageQuery | None:
    """Return how the inputs and documents find the image; None if they leave it open."""
    service = prepared.definitions.service if prepared.definitions else None
    if inputs.ami_id:
        # An id cannot match another account's image of the same name, so a shared image may have any owner.
        return ImageQuery(region=clouds.region, image_id=ImageId(inputs.ami_id), owners=())
    if service is None or service.primary.version == ANY_VERSION:
        return None
    return service.primary.image_query()


def look_up_image(clouds: Clouds, image: ImageId) -> Image:
    """Return an image by its id, of any owner: an id cannot match another account's image of the same name."""
    if clouds.images is None:
        return Image(image, "")
    return clouds.images.find(ImageQuery(region=clouds.region, image_id=image, owners=()))


def read_record(text: str, *, name: str, arn_head: str) -> Deployment:
    """Return the record in `text`. Raises `InvalidError` if it is not one; `name` is its source in messages."""
    document = parse_document(text, name=name)
    problems = check_document(document, "deployment")
    if problems:
        raise InvalidError(problems)
    assert isinstance(document.value, dict)
    value: JsonObject = document.value
    return record.from_json(value, arn_head=arn_head)


def _log_identity(clouds: Clouds, inputs: Inputs, progress: Progress) -> None:
    log = progress.commands.log
    account = f"account {inputs.spot_account_id}" if inputs.spot_account_id else "the token's default account"
    log(f"Spot: {inputs.spot_api_url}, {account}")
    log(f"AWS: {clouds.identity.arn}" if clouds.identity else "AWS: no credentials; health is taken from Spot only.")


def _build_context(inputs: Inputs, clouds: Clouds, progress: Progress, environment: Environment) -> "DeployContext":
    from spotaction.engine.context import DeployContext, Options

    minutes = max(1, int(inputs.timeout // 60) + 1) if inputs.suspend_scaling else None
    return DeployContext(
        groups=clouds.groups,
        routes=clouds.routes,
        alarms=clouds.alarms,
        capacity=clouds.capacity,
        clock=progress.clock,
        notify=progress.handle_event,
        save=progress.save_record,
        options=Options(
            steady_timeout=inputs.steady_state_timeout,
            keep_old=inputs.keep_old,
            suspend_minutes=minutes,
            alarms=inputs.alarms,
            allow_other_rules=Override.OTHER_RULES in inputs.allow,
            allow_shared_target_groups=Override.SHARED_TARGET_GROUPS in inputs.allow,
        ),
        deadline=environment.deadline if isfinite(environment.deadline) else None,
        shield=lambda: environment.interrupt.shield(TO_RESTORE),
        observations=progress.observations,
    )
