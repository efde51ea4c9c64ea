"""Load balancers, listeners, rules and target groups, created from the scenario and read as routes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spotaction.sandbox.aws.moto_backends import Backends, elb_models, stable_hex
from spotaction.sandbox.aws.rule_actions import answered_actions, shares, written_actions
from spotaction.sandbox.history import History
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.types import JSON, Moto, RuleArn, TargetGroupArn

_ID = 16


@dataclass(frozen=True, slots=True)
class Route:
    """A listener rule and the weights of its forward action."""

    name: str
    rule: RuleArn
    priority: str
    shares: tuple[tuple[TargetGroupArn, int], ...]


class LoadBalancers:
    """The load balancers of one account, stored in moto's backend."""

    def __init__(self, backends: Backends, history: History) -> None:
        self.elb = backends.elb
        self._history = history
        self._ec2 = backends.ec2
        self._prefix = f"arn:{_partition(backends.region)}:elasticloadbalancing:{backends.region}:{backends.account}"
        self._cache: tuple[Route, ...] | None = None

    def build(self, scenario: Scenario) -> None:
        """Create the scenario's load balancers; ids are hashes of names, so that ARNs are predictable."""
        for entry in scenario.target_groups:
            self._build_target_group(entry)
        for entry in scenario.load_balancers:
            self._build_balancer(entry)
        self.note_uses()

    def arn(self, name_or_arn: str) -> TargetGroupArn:
        """Return a target group's ARN, given its name or ARN; anything else is returned as it is."""
        found = (group.arn for group in self.elb.target_groups.values() if group.name == name_or_arn)
        return TargetGroupArn(next(found, name_or_arn))

    def routes(self) -> tuple[Route, ...]:
        """Return every rule, including default rules, with its forward."""
        if self._cache is None:
            self._cache = tuple(self._read_routes())
        return self._cache

    def forget(self) -> None:
        """Drop the cached routes; call this after every change."""
        self._cache = None

    def note_uses(self) -> None:
        """Update every target group's list of the load balancers that use it."""
        for group in self.elb.target_groups.values():
            group.load_balancer_arns = []
        for listener in self.listeners():
            for rule in listener.rules.values():
                for arn, _ in shares([action.data for action in rule.actions]):
                    self._note_use(arn, listener.load_balancer_arn)

    def _note_use(self, arn: str, balancer: str) -> None:
        group = self.elb.target_groups.get(arn)
        if group is not None and balancer not in group.load_balancer_arns:
            group.load_balancer_arns.append(balancer)

    def route(self, reference: str) -> Route:
        """Return a route, given the rule's ARN or <load balancer>:<port>/<priority>."""
        for route in self.routes():
            if reference in (route.name, route.rule):
                return route
        known = ", ".join(route.name for route in self.routes())
        raise LookupError(f"Listener rule {reference!r} not found; available: {known or 'none'}.")

    def in_use(self) -> set[TargetGroupArn]:
        """Return the target groups that any rule forwards to, at any weight."""
        return {arn for route in self.routes() for arn, _ in route.shares}

    def rewrite(self, rule: RuleArn, actions: Sequence[JSON]) -> None:
        """Replace the actions of a rule or default rule."""
        for listener in self.listeners():
            for candidate in listener.rules.values():
                if candidate.arn == rule:
                    self.changing(listener, candidate)
                    set_actions(listener, candidate, actions)
        self.forget()

    def changing(self, listener: Moto, rule: Moto) -> None:
        """Record a rule's actions before they change, so that a lagging read can return them."""
        self._history.changing("rules", rule, "actions")
        if rule.is_default:
            self._history.changing("rules", listener, "default_actions")

    def listeners(self) -> Iterator[Moto]:
        """Yield moto's listeners."""
        for balancer in self.elb.load_balancers.values():
            yield from balancer.listeners.values()

    def written(self, entry: JSON) -> list[JSON]:
        """Expand a scenario's shorthand into actions."""
        return written_actions(entry, self.arn)

    def _read_routes(self) -> Iterator[Route]:
        for listener in self.listeners():
            balancer = self.elb.load_balancers[listener.load_balancer_arn]
            for rule in sorted_rules(listener):
                name = f"{balancer.name}:{listener.port}/{rule.priority}"
                data = [action.data for action in rule.actions]
                yield Route(name, RuleArn(rule.arn), str(rule.priority), tuple(shares(data)))

    def _build_target_group(self, entry: JSON) -> None:
        check: Mapping[str, object] = entry.get("health-check", {})
        group = self.elb.create_target_group(
            entry["name"],
            vpc_id=self.vpc_id(),
            protocol=entry.get("protocol", "HTTP"),
            protocol_version=None,
            port=entry.get("port", 80),
            healthcheck_path=check.get("path"),
            healthcheck_interval_seconds=check.get("interval"),
            healthcheck_timeout_seconds=min(5, int(str(check.get("interval", 30))) - 1),
            healthy_threshold_count=str(check.get("healthy-threshold", "5")),
            unhealthy_threshold_count=str(check.get("unhealthy-threshold", "2")),
            target_type="instance",
            tags=_tags(entry),
        )
        self._rename(group, entry)
        for key, value in entry.get("attributes", {}).items():
            group.attributes[key] = str(value).lower() if isinstance(value, bool) else str(value)

    def _rename(self, group: Moto, entry: JSON) -> None:
        tags = self.elb.tagging_service
        old = group.arn
        group.arn = f"{self._prefix}:targetgroup/{group.name}/{entry.get('id') or _id('targetgroup', group.name)}"
        self.elb.target_groups[group.arn] = self.elb.target_groups.pop(old)
        tags.tag_resource(group.arn, _tags(entry))

    def _build_balancer(self, entry: JSON) -> None:
        name, network = entry["name"], entry.get("type") == "network"
        tail = f"{'net' if network else 'app'}/{name}/{entry.get('id') or _id('loadbalancer', name)}"
        balancer = elb_models().FakeLoadBalancer(
            name=name,
            security_groups=[],
            subnets=self.subnets()[:2],
            vpc_id=self.vpc_id(),
            arn=f"{self._prefix}:loadbalancer/{tail}",
            dns_name=f"{name}-1.{self.elb.region_name}.elb.amazonaws.com",
            state="active",
            loadbalancer_type="network" if network else "application",
        )
        self.elb.load_balancers[balancer.arn] = balancer
        self.elb.tagging_service.tag_resource(balancer.arn, _tags(entry))
        for listener in entry.get("listeners", ()):
            self._build_listener(balancer, f"{self._prefix}:listener/{tail}", listener)

    def _build_listener(self, balancer: Moto, prefix: str, entry: JSON) -> None:
        port = entry["port"]
        listener = elb_models().FakeListener(
            load_balancer_arn=balancer.arn,
            arn=f"{prefix}/{entry.get('id') or _id('listener', balancer.name, port)}",
            protocol=entry.get("protocol", "TCP" if balancer.type == "network" else "HTTP"),
            port=port,
            ssl_policy="ELBSecurityPolicy-2016-08",
            certificate=entry.get("certificate"),
            default_actions=_fake_actions(self.written(entry["default"])),
            alpn_policy=None,
        )
        name_default_rule(listener, entry["default"].get("id"))
        balancer.listeners[listener.arn] = listener
        for rule in entry.get("rules", ()):
            self._build_rule(balancer, listener, rule)

    def _build_rule(self, balancer: Moto, listener: Moto, entry: JSON) -> None:
        tail = entry.get("id") or _id("rule", balancer.name, listener.port, entry["priority"])
        rule = elb_models().FakeListenerRule(
            listener_arn=listener.arn,
            arn=f"{listener.arn.replace(':listener/', ':listener-rule/')}/{tail}",
            conditions=_conditions(entry),
            priority=entry["priority"],
            actions=_fake_actions(self.written(entry)),
        )
        listener.register(rule.arn, rule)
        self.elb.tagging_service.tag_resource(rule.arn, _tags(entry))

    def subnets(self) -> list[Moto]:
        """Return the default subnets, one per zone."""
        return [subnet for zone in self._ec2.subnets.values() for subnet in zone.values()]

    def vpc_id(self) -> str:
        """Return the id of the default VPC."""
        return str(self.subnets()[0].vpc_id)


def sorted_rules(listener: Moto) -> list[Moto]:
    """Return a listener's rules by priority, the default rule last."""
    rules = list(listener.rules.values())
    return sorted(rules, key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority)))


def set_actions(listener: Moto, rule: Moto, actions: Sequence[JSON]) -> None:
    """Set a rule's actions; moto keeps a default rule's actions in two places."""
    rule.actions = _fake_actions(actions)
    if rule.is_default:
        listener.default_actions = rule.actions


def name_default_rule(listener: Moto, tail: str | None = None) -> None:
    """Give the default rule a reproducible ARN; moto uses a memory address."""
    arn = listener.arn.replace(":listener/", ":listener-rule/")
    listener.rules[0].arn = f"{arn}/{tail or _id('default-rule', listener.arn.split(':listener/')[-1])}"


def _fake_actions(actions: Sequence[JSON]) -> list[Moto]:
    return [elb_models().FakeAction(action) for action in answered_actions(actions)]


def _conditions(entry: JSON) -> list[JSON]:
    conditions: list[JSON] = list(entry.get("conditions", []))
    for key, name in (("path", "PathPattern"), ("host", "HostHeader")):
        if key in entry:
            field = {"path": "path-pattern", "host": "host-header"}[key]
            conditions.append({"Field": field, "Values": [entry[key]], f"{name}Config": {"Values": [entry[key]]}})
    return conditions


def _tags(entry: JSON) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in entry.get("tags", {}).items()]


def _id(*parts: object) -> str:
    return stable_hex(*parts, length=_ID)


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get("us-gov" if region.startswith("us-gov") else region[:2], "aws")
