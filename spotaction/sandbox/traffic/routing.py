"""What the sandbox's load balancers do with requests at a moment: weights, stickiness, and each target's part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spotaction.sandbox.aws.load_balancers import sorted_rules
from spotaction.sandbox.aws.rule_actions import shares
from spotaction.sandbox.traffic.haproxy_config import ListenerSpec, RuleSpec, TargetGroupSpec
from spotaction.sandbox.types import InstanceId, Moto, RuleArn, TargetGroupArn
from spotaction.sandbox.world import World


@dataclass(frozen=True)
class Forward:
    """A rule's weights by target group, and whether its clients stay with a target group."""

    weights: Mapping[TargetGroupArn, int]
    sticky: bool


@dataclass(frozen=True)
class TargetPart:
    """A registered target's port, and whether it receives new requests."""

    port: int
    receives: bool


@dataclass(frozen=True)
class Routing:
    """Every rule's forward and every target group's targets, at one moment."""

    forwards: Mapping[RuleArn, Forward]
    targets: Mapping[TargetGroupArn, Mapping[InstanceId, TargetPart]]


@dataclass(frozen=True)
class RunningInstance:
    """An instance that runs, and the ports on which it listens: none while it boots."""

    instance: InstanceId
    image: str
    ports: tuple[int, ...]


def read_routing(world: World) -> Routing:
    """Return the routing as of now; the caller holds the world's lock."""
    forwards = {
        RuleArn(rule.arn): _forward(rule) for listener in world.balancers.listeners() for rule in sorted_rules(listener)
    }
    return Routing(forwards, {arn: _parts(world, TargetGroupArn(arn)) for arn in world.balancers.elb.target_groups})


def running_instances(world: World) -> Iterator[RunningInstance]:
    """Yield the instances that run; the caller holds the world's lock."""
    for group in world.groups.values():
        for member in group.members:
            if member.instance is None or not world.machines.running(member.instance):
                continue
            assert member.launched_at is not None
            boots = member.character.target != "never"
            # It listens a little before its health checks have passed.
            listens = boots and world.timeline.now >= member.launched_at + 0.8 * member.character.target_healthy
            ports = tuple(sorted({port for _, port in member.registered})) if listens else ()
            yield RunningInstance(member.instance, member.image, ports)


def listener_specs(world: World, addresses: Mapping[str, str]) -> list[ListenerSpec]:
    """Return the listeners; `addresses` has the loopback address of each load balancer by its ARN."""
    return [
        ListenerSpec(
            addresses[listener.load_balancer_arn],
            int(listener.port),
            tuple(RuleSpec(rule.arn, _conditions(rule)) for rule in sorted_rules(listener)),
        )
        for listener in world.balancers.listeners()
    ]


def target_group_specs(world: World) -> list[TargetGroupSpec]:
    """Return the target groups."""
    groups = world.balancers.elb.target_groups.values()
    return [TargetGroupSpec(group.arn, group.attributes.get("stickiness.enabled") == "true") for group in groups]


def _forward(rule: Moto) -> Forward:
    actions = [action.data for action in rule.actions]
    sticky = any(
        action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {}).get("Enabled") for action in actions
    )
    return Forward(dict(shares(actions)), bool(sticky))


def _parts(world: World, arn: TargetGroupArn) -> dict[InstanceId, TargetPart]:
    targets = world.targets.of(arn)
    # Without a healthy target a target group fails open: unhealthy ones receive requests.
    fit = "healthy" if any(target.state == "healthy" for target in targets) else "unhealthy"
    return {target.instance: TargetPart(target.port, target.state == fit) for target in targets}


def _conditions(rule: Moto) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if rule.is_default:
        return ()
    return tuple((each["Field"], tuple(_values(each))) for each in rule.conditions)


def _values(condition: Mapping[str, object]) -> list[str]:
    found = condition.get("Values")
    for config in condition.values():
        if not found and isinstance(config, dict):
            found = config.get("Values")
    return [str(value) for value in found] if isinstance(found, list) else []
