import base64
from collections.abc import Iterator

import pytest
from spotinst_sdk2 import SpotinstSession
from spotinst_sdk2.client import SpotinstClientException
from spotinst_sdk2.clients.elastigroup import ElastigroupAwsClient
from spotinst_sdk2.models.elastigroup.aws import (
    AvailabilityZone,
    Capacity,
    Compute,
    DetachConfiguration,
    Elastigroup,
    InstanceTypes,
    LaunchSpecification,
    LoadBalancer,
    LoadBalancersConfig,
    Strategy,
)

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import BAD, NEW, SCENARIO, target_group


@pytest.fixture
def served(clock: JumpingClock) -> Iterator[Sandbox]:
    with Sandbox(SCENARIO, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def sdk(served: Sandbox) -> ElastigroupAwsClient:
    session = SpotinstSession(base_url=served.spot_url, auth_token=served.token, account_id=served.account_id)
    return session.client("elastigroup_aws")


def _group(arn: str, image: str = NEW) -> Elastigroup:
    balancers = LoadBalancersConfig(load_balancers=[LoadBalancer(arn=arn, type="TARGET_GROUP")])
    launch = LaunchSpecification(
        image_id=image,
        security_group_ids=["sg-12345678"],
        health_check_type="TARGET_GROUP",
        health_check_grace_period=300,
        user_data=base64.b64encode(b"echo hello").decode(),
        load_balancers_config=balancers,
    )
    compute = Compute(
        availability_zones=[AvailabilityZone(name="us-east-1a", subnet_ids=["subnet-1"])],
        instance_types=InstanceTypes(ondemand="m5.large", spot=["m5.large", "m5a.large"]),
        launch_specification=launch,
        product="Linux/UNIX",
    )
    return Elastigroup(
        name="made-with-the-sdk",
        capacity=Capacity(minimum=0, maximum=5, target=2, unit="instance"),
        strategy=Strategy(risk=100, availability_vs_cost="balanced", fallback_to_od=True, draining_timeout=60),
        compute=compute,
    )


def test_the_sdk_takes_a_group_through_its_life(
    served: Sandbox, sdk: ElastigroupAwsClient, clock: JumpingClock
) -> None:
    made = sdk.create_elastigroup(_group(target_group(served, "web-green")))
    ident = made["id"]
    assert ident.startswith("sig-")
    assert made["capacity"] == {"minimum": 0, "maximum": 5, "target": 2, "unit": "instance"}

    assert sorted(group["name"] for group in sdk.get_elastigroups()) == ["made-with-the-sdk", "web"]
    assert sdk.get_elastigroup(ident)["compute"]["launch_specification"]["image_id"] == NEW
    assert [one["instance_id"] for one in sdk.get_elastigroup_active_instances(ident)] == [None, None]

    clock.sleep(60)
    health = sdk.get_instance_healthiness(ident)
    assert [(one["life_cycle"], one["health_status"]) for one in health] == [("SPOT", "HEALTHY")] * 2

    resized = sdk.update_elastigroup(Elastigroup(capacity=Capacity(target=3, minimum=0, maximum=5)), ident)
    assert resized["capacity"]["target"] == 3
    renamed = sdk.update_elastigroup(Elastigroup(name="renamed"), ident)
    assert (renamed["name"], renamed["capacity"]["target"]) == ("renamed", 3)

    clock.sleep(60)
    assert len(sdk.get_instance_healthiness(ident)) == 3

    assert sdk.delete_elastigroup(ident) is True
    assert [group["name"] for group in sdk.get_elastigroups()] == ["web"]


def test_the_sdk_scales_suspends_and_detaches(served: Sandbox, sdk: ElastigroupAwsClient, clock: JumpingClock) -> None:
    ident = served.state()["groups"][0]["id"]
    sdk.scale_elastigroup_up(ident, 1)
    clock.sleep(30)
    instances = [one["instance_id"] for one in sdk.get_elastigroup_active_instances(ident)]
    assert len(instances) == 4

    suspended = sdk.suspend_process(ident, None, [{"name": "AUTO_SCALE", "ttlInMinutes": 60}])
    assert suspended[0]["processes"] == ["AUTO_SCALE"]
    assert sdk.list_suspended_process(ident)[0]["processes"] == ["AUTO_SCALE"]
    sdk.remove_suspended_process(ident, ["AUTO_SCALE"])
    assert sdk.list_suspended_process(ident)[0]["processes"] == []

    detachment = DetachConfiguration(
        instances_to_detach=instances[:1], should_terminate_instances=True, should_decrement_target_capacity=True
    )
    assert sdk.detach_elastigroup_instances(ident, detachment)["code"] == 200
    assert sdk.get_elastigroup(ident)["capacity"]["target"] == 3
    sdk.lock_instance(instances[1], 10)
    assert sdk.get_instance_status(instances[1])["life_cycle_state"] == "ACTIVE"


def test_the_sdk_reports_what_the_sandbox_refuses(served: Sandbox, sdk: ElastigroupAwsClient) -> None:
    group = _group(target_group(served, "web-green"), BAD)
    group.capacity = Capacity(minimum=3, maximum=5, target=2, unit="instance")
    with pytest.raises(SpotinstClientException) as caught:
        sdk.create_elastigroup(group)
    assert "minimum" in str(caught.value.message)
    with pytest.raises(SpotinstClientException) as caught:
        sdk.get_elastigroup("sig-00000000")
    assert "GROUP_DOESNT_EXIST" in str(caught.value.message)
