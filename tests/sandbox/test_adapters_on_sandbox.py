"""Both adapters against the sandbox: proves that the two agree, not that either agrees with the real clouds."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
import requests

from spotaction.cloud.aws.alarms import CloudWatchAlarms
from spotaction.cloud.aws.credentials import Role
from spotaction.cloud.aws.images import Ec2Images
from spotaction.cloud.aws.listener_rules import ElbLoadBalancerApi
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.retry import RetryPolicy
from spotaction.cloud.spot.elastigroups import SpotElastigroupApi
from spotaction.cloud.spot.http import SpotHttpClient
from spotaction.model.errors import ApiError, CredentialError, RefusedError
from spotaction.model.ports import ImageQuery
from spotaction.model.resources import Capacity, Forward, Group, InstanceState, RuleArn, TargetState, Weighted
from spotaction.sandbox import BotocoreHook, JumpingClock, RequestsAdapter, Sandbox
from tests.support.aws_adapter import quiet
from tests.support.spot_adapter import Reply, ScriptedSpot

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0aaaaaaaaaaaaaaa2"
ROLE = "arn:aws:iam::111122223333:role/deploy"
SCENARIO: Mapping[str, object] = {
    "region": "us-east-1",
    "seed": 7,
    "images": [
        {"id": OLD, "name": "web-1", "created": "2026-11-20T10:00:00Z", "tags": {"App": "web"}},
        {
            "id": NEW,
            "name": "web-2",
            "created": "2026-11-23T10:00:00Z",
            "tags": {"App": "web"},
            "architecture": "arm64",
        },
    ],
    "target-groups": [{"name": "web-blue"}, {"name": "web-green"}],
    "load-balancers": [
        {
            "name": "web-alb",
            "listeners": [
                {
                    "port": 80,
                    "default": {"forward": "web-blue"},
                    "rules": [{"priority": 10, "path": "/api/*", "forward": "web-blue"}],
                },
                {"port": 8080, "default": {"forward": "web-green"}},
            ],
        }
    ],
    "elastigroups": [
        {
            "name": "web__1",
            "image": OLD,
            "capacity": {"minimum": 1, "target": 2, "maximum": 4},
            "target-groups": ["web-blue"],
            "created": "2019-01-01T00:00:00Z",
        }
    ],
    "alarms": [{"name": "errors", "state": "ALARM", "reason": "too many"}],
    "roles": [{"arn": ROLE, "external-id": "ext-1"}],
    "timings": {"fulfil": 20, "spot-healthy": 40, "target-healthy": 30},
    "rate-limit": 60,
}


class SandboxClock:
    """The sandbox's time as the port wants it."""

    def __init__(self, clock: JumpingClock) -> None:
        self._clock = clock
        self.slept = 0.0

    def now(self) -> float:
        return self._clock.now()

    def time(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._clock.sleep(seconds)


@pytest.fixture
def jumping() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def clock(jumping: JumpingClock) -> SandboxClock:
    return SandboxClock(jumping)


@pytest.fixture
def sandbox(jumping: JumpingClock) -> Iterator[Sandbox]:
    box = Sandbox(SCENARIO, clock=jumping)
    yield box
    box.close()


@pytest.fixture
def groups(sandbox: Sandbox, clock: SandboxClock) -> SpotElastigroupApi:
    session = requests.Session()
    session.mount("https://", RequestsAdapter(sandbox.spot_app))
    return SpotElastigroupApi(
        SpotHttpClient(sandbox.token, RetryPolicy(clock), draw=float, account=sandbox.account_id, session=session)
    )


@pytest.fixture
def aws(sandbox: Sandbox, clock: SandboxClock, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    quiet(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox.access_key[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox.access_key[1])
    aws = AwsSession(clock, region=sandbox.region, environ={})
    for client in (aws.ec2(), aws.elbv2(), aws.cloudwatch(), aws.sts()):
        BotocoreHook(sandbox.aws_app).install(client.meta.events)
    return aws


def new_config(old: Group, description: str = "ours") -> dict[str, object]:
    return {**old.config, "name": "web__2", "description": description}


def creates(sandbox: Sandbox) -> int:
    return calls(sandbox).count("POST /aws/ec2/group")


def test_a_group_lives_through_all_that_a_deployment_does(groups: SpotElastigroupApi, clock: SandboxClock) -> None:
    (old,) = groups.all()
    assert (old.name, old.capacity, old.image_id) == ("web__1", Capacity(1, 2, 4), OLD)
    assert old.created_at == datetime(2019, 1, 1, tzinfo=UTC)

    new = groups.create(new_config(old))  # type: ignore[arg-type]
    groups.scale(new.id, Capacity.fixed(2))
    groups.update(new.id, name="web", description="described")
    groups.suspend_scaling(new.id, 30)
    groups.resume_scaling(new.id)
    assert {instance.id for instance in groups.instance_requests(new.id)} == {None}

    clock.sleep(120)
    assert [instance.state for instance in groups.instances(new.id)] == [InstanceState.HEALTHY] * 2
    live = groups.get(new.id)
    assert live is not None
    assert (live.name, live.description, live.capacity) == ("web", "described", Capacity.fixed(2))

    groups.delete(new.id)
    groups.delete(new.id)
    assert groups.get(new.id) is None
    assert [group.id for group in groups.all()] == [old.id]
    assert isinstance(groups.log(old.id, datetime(2026, 11, 24, tzinfo=UTC)), tuple)


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "reset-after"},
        {"effect": "timeout-after"},
        {"effect": "status", "status": 502, "applied": True},
        {"effect": "malformed-body", "applied": True},
        {"effect": "empty-items", "applied": True},
        {"effect": "reset-before"},
        {"effect": "connection-refused"},
        {"effect": "status", "status": 503},
        {"effect": "status", "status": 400, "code": "CANT_CREATE_GROUP"},
        {"effect": "rate-limited", "reset": 7},
    ],
)
def test_whatever_happens_to_a_create_there_is_one_group(
    groups: SpotElastigroupApi, sandbox: Sandbox, fault: dict[str, object]
) -> None:
    (old,) = groups.all()
    sandbox.add_fault({"match": {"call": "POST /aws/ec2/group"}, **fault})
    new = groups.create(new_config(old))  # type: ignore[arg-type]
    assert [group.id for group in groups.all() if group.name == "web__2"] == [new.id]
    assert creates(sandbox) <= 2


@pytest.mark.parametrize("effect", ["reset-after", "reset-before", "timeout-after", "connection-refused"])
def test_writes_survive_a_broken_connection(groups: SpotElastigroupApi, sandbox: Sandbox, effect: str) -> None:
    (old,) = groups.all()
    for method in ("PUT", "DELETE"):
        sandbox.add_fault({"match": {"call": f"{method} *"}, "effect": effect})
    groups.scale(old.id, Capacity.fixed(0))
    live = groups.get(old.id)
    assert live is not None
    assert live.capacity == Capacity.fixed(0)
    groups.delete(old.id)
    assert groups.get(old.id) is None


def test_a_stale_empty_list_does_not_look_like_a_first_deployment(groups: SpotElastigroupApi, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"call": "GET /aws/ec2/group"}, "effect": "empty-items"})
    assert [group.name for group in groups.all()] == ["web__1"]


def test_the_rate_limit_is_never_run_into(groups: SpotElastigroupApi, sandbox: Sandbox, clock: SandboxClock) -> None:
    for _ in range(150):
        groups.all()
    assert clock.slept > 0
    assert not [call for call in sandbox.calls() if call["status"] == 429]


def test_a_bad_token_is_one_clear_error(sandbox: Sandbox, clock: SandboxClock) -> None:
    session = requests.Session()
    session.mount("https://", RequestsAdapter(sandbox.spot_app))
    with pytest.raises(CredentialError, match="spot-token"):
        SpotElastigroupApi(SpotHttpClient("another", RetryPolicy(clock), draw=float, session=session)).all()


def test_images_are_found_by_version_pattern_and_id(aws: AwsSession) -> None:
    images = Ec2Images(aws)
    tags = (("App", ("web",)),)
    assert images.find(ImageQuery("us-east-1", version="web-1", tags=tags)).id == OLD
    newest = images.find(ImageQuery("us-east-1", pattern="web-*", tags=tags))
    assert (newest.id, newest.name, newest.tags) == (NEW, "web-2", {"App": "web"})
    assert images.find(ImageQuery("us-east-1", image_id=newest.id)).name == "web-2"
    with pytest.raises(RefusedError, match="web-2, web-1"):
        images.find(ImageQuery("us-east-1", version="web-3"))


@pytest.mark.parametrize("default", [True, False])
def test_a_route_is_shifted_and_restored(aws: AwsSession, default: bool) -> None:  # noqa: FBT001
    routes = ElbLoadBalancerApi(aws)
    found = routes.find("web-alb", 80, None)
    if not default:
        rules = aws.elbv2().describe_rules(ListenerArn=found.listener)["Rules"]
        other = next(RuleArn(rule["RuleArn"]) for rule in rules if not rule["IsDefault"])
        found = routes.find("web-alb", 80, other)
    assert found.is_default is default
    stage = routes.find("web-alb", 8080, None)
    (blue,), (green,) = found.forward.serving_target_groups, stage.forward.serving_target_groups

    shifted = routes.write(found, Forward((Weighted(blue, 95), Weighted(green, 5))))
    assert shifted.forward.share_of(green) == 0.05
    assert [route.forward for route in routes.read([stage, found])] == [stage.forward, shifted.forward]

    assert routes.write(shifted, Forward.to_one(green)).forward == Forward.to_one(green)
    (back,) = routes.read([routes.write(found, found.forward)])
    assert back == found
    assert routes.by_arn(found.listener, found.rule, load_balancer="web-alb", port=80) == found


def test_rules_are_found_by_the_target_group_that_they_name(aws: AwsSession) -> None:
    routes = ElbLoadBalancerApi(aws)
    stage = routes.find("web-alb", 8080, None)
    (green,) = stage.forward.serving_target_groups
    assert routes.forwarding_to([green]) == (stage,)
    prod = routes.find("web-alb", 80, None)
    routes.write(prod, Forward.to_one(green))
    assert {route.rule for route in routes.forwarding_to([green])} == {stage.rule, prod.rule}
    assert len(routes.forwarding_to(prod.forward.serving_target_groups)) == 1


def test_targets_and_target_groups_are_read(aws: AwsSession, clock: SandboxClock) -> None:
    routes = ElbLoadBalancerApi(aws)
    clock.sleep(300)
    (blue,) = routes.find("web-alb", 80, None).forward.serving_target_groups
    assert [target.state for target in routes.targets(blue)] == [TargetState.HEALTHY] * 2
    (group,) = routes.target_groups([blue])
    assert (group.name, group.sticky) == ("web-blue", False)
    with pytest.raises(RefusedError, match="Target groups not found"):
        routes.target_groups([blue, type(blue)(f"{blue}0")])


@pytest.mark.parametrize(
    "fault", [{"effect": "aws-throttling"}, {"effect": "status", "status": 503}, {"effect": "reset-after"}]
)
def test_aws_calls_survive_what_passes(
    aws: AwsSession, sandbox: Sandbox, clock: SandboxClock, fault: dict[str, object]
) -> None:
    routes = ElbLoadBalancerApi(aws)
    found, stage = routes.find("web-alb", 80, None), routes.find("web-alb", 8080, None)
    sandbox.add_fault({"match": {"call": "ModifyListener"}, **fault})
    assert routes.write(found, stage.forward).forward == stage.forward
    assert clock.slept > 0


def test_a_denied_call_names_what_to_allow(aws: AwsSession, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"call": "DescribeLoadBalancers"}, "effect": "aws-error", "code": "AccessDenied"})
    with pytest.raises(ApiError, match="allow elasticloadbalancing:DescribeLoadBalancers"):
        ElbLoadBalancerApi(aws).find("web-alb", 80, None)


def test_alarms_are_read(aws: AwsSession) -> None:
    (alarm,) = CloudWatchAlarms(aws).states(["errors"])
    assert (alarm.name, alarm.state) == ("errors", "ALARM")
    with pytest.raises(RefusedError, match="missing"):
        CloudWatchAlarms(aws).states(["errors", "missing"])


@pytest.fixture
def served(jumping: JumpingClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    quiet(monkeypatch)
    with Sandbox(SCENARIO, clock=jumping) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        yield box


def test_a_role_is_assumed_with_its_external_id_and_again_when_it_expires(served: Sandbox, clock: SandboxClock) -> None:
    masked: list[str] = []
    aws = AwsSession(clock, region=served.region, role=Role(ROLE, "ext-1", "acme-web-7", 900), mask=masked.append)
    identity = aws.get_identity()
    assert identity.account == "111122223333"
    assert "assumed-role/deploy/acme-web-7" in identity.arn
    assert len(masked) >= 3
    assert calls(served).count("AssumeRole") == 1

    clock.sleep(3600)
    aws.get_identity()
    assert calls(served).count("AssumeRole") > 1


def test_a_role_that_does_not_trust_us_is_a_clear_error(served: Sandbox, clock: SandboxClock) -> None:
    with pytest.raises(ApiError, match="allow sts:AssumeRole"):
        AwsSession(clock, region=served.region, role=Role(ROLE, "wrong")).get_identity()


def test_a_role_is_assumed_with_the_jobs_token(
    served: Sandbox, clock: SandboxClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    http, masked = requests.Session(), list[str]()
    http.mount("https://", ScriptedSpot([Reply(200, {"value": "jwt-1"})] * 9))
    job = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.test/?v=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b"}
    aws = AwsSession(clock, region=served.region, environ=job, web_identity=Role(ROLE), mask=masked.append, http=http)
    assert aws.get_identity().account == "111122223333"
    assert masked[0] == "jwt-1"


def calls(sandbox: Sandbox) -> list[object]:
    return [call["call"] for call in sandbox.calls()]
