"""ELB as moto has it, as strict as AWS about listeners and rules."""

import itertools
from collections.abc import Mapping, Sequence

from moto.core.responses import ActionResult
from moto.elbv2.responses import ELBV2Response

from spotaction.sandbox.aws_elb_targets import TargetCalls
from spotaction.sandbox.aws_errors import AwsError
from spotaction.sandbox.aws_keys import Signed
from spotaction.sandbox.balancers import name_default_rule, set_actions, sorted_rules
from spotaction.sandbox.elb_rules import check_actions, check_arn
from spotaction.sandbox.kinds import JSON, Moto
from spotaction.sandbox.moto_world import parts
from spotaction.sandbox.world import World

_PAGE_SIZES = range(1, 401)
_PAGE = 50
_MAX_ARNS = 20


class ElbElsewhere(ELBV2Response):
    """One request to ELB in an account or a region in which the sandbox has nothing to be strict about."""

    def __init__(self, signed: Signed) -> None:
        super().__init__()
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account for which the key speaks."""
        return self._signed.key.account


class StrictElb(TargetCalls):
    """One request to ELB."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__(world, signed)
        self._balancers = world.balancers

    # Reading

    def describe_load_balancers(self) -> ActionResult:
        """Describe load balancers; one that is missing fails the call."""
        for arn in self._get_param("LoadBalancerArns", []):
            check_arn(arn, "loadbalancer", "load balancer")
            if arn not in self.elb.load_balancers:
                raise AwsError("LoadBalancerNotFound", f"Load balancers '[{arn}]' not found")
        known = {balancer.name for balancer in self.elb.load_balancers.values()}
        missing = [name for name in self._get_param("Names", []) if name not in known]
        if missing:
            raise AwsError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
        arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
        found = self.elbv2_backend.describe_load_balancers(arns, names)
        return self._page("LoadBalancers", list(found))

    def describe_listeners(self) -> ActionResult:
        """Describe listeners; one that is missing fails the call."""
        arns = self._get_param("ListenerArns", [])
        if not arns:
            balancer = self._the_balancer(self._get_param("LoadBalancerArn"))
            return self._page("Listeners", list(balancer.listeners.values()))
        return self._page("Listeners", [self._the_listener(arn) for arn in arns])

    def describe_rules(self) -> ActionResult:
        """Describe the rules of a listener, or some rules."""
        listener_arn, arns = self._get_param("ListenerArn"), self._get_param("RuleArns")
        if (listener_arn is None) == (not arns):
            raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
        if listener_arn is not None:
            return self._page("Rules", sorted_rules(self._the_listener(listener_arn)))
        return self._page("Rules", [self._the_rule(arn)[1] for arn in arns])

    def describe_target_groups(self) -> ActionResult:
        """Describe target groups, in pages."""
        for arn in self._get_param("TargetGroupArns", []):
            self.the_target_group(arn)
        result = super().describe_target_groups()
        return self._page("TargetGroups", list(parts(result)["TargetGroups"]))

    def describe_tags(self) -> ActionResult:
        """Describe the tags of at most 20 resources, which have to exist."""
        arns = self._get_param("ResourceArns", [])
        if len(arns) > _MAX_ARNS:
            raise AwsError("ValidationError", f"You can describe the tags of {_MAX_ARNS} resources at once")
        for arn in arns:
            self._must_exist(arn)
        return super().describe_tags()

    # Writing

    def create_load_balancer(self) -> ActionResult:
        """Create a load balancer; a network load balancer's ARN says so."""
        result = super().create_load_balancer()
        balancer = parts(result)["LoadBalancers"][0]
        if balancer.type == "network":
            old, balancer.arn = balancer.arn, balancer.arn.replace("/app/", "/net/")
            self.elb.load_balancers[balancer.arn] = self.elb.load_balancers.pop(old)
        return result

    def create_listener(self) -> ActionResult:
        """Create a listener on a port that is free."""
        balancer = self._the_balancer(self._get_param("LoadBalancerArn"))
        port, actions = self._get_int_param("Port"), self._get_param("DefaultActions", [])
        if any(int(listener.port) == port for listener in balancer.listeners.values()):
            raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
        self._check(actions, _Protocol(self._get_param("Protocol")), balancer, [])
        result = super().create_listener()
        listener = parts(result)["Listeners"][0]
        name_default_rule(listener)
        set_actions(listener, listener.rules[0], actions)
        self.world.routes_changed()
        return result

    def modify_listener(self) -> ActionResult:
        """Change a listener; what is not named stays."""
        listener = self._the_listener(self._get_param("ListenerArn"))
        protocol, actions = self._get_param("Protocol"), self._get_param("DefaultActions", [])
        certificates = [entry["CertificateArn"] for entry in self._get_param("Certificates", [])]
        if (protocol or listener.protocol) in {"HTTPS", "TLS"} and not (certificates or listener.certificates):
            raise AwsError("CertificateNotFound", "You must specify a certificate for a secure listener")
        if actions:
            balancer = self.elb.load_balancers[listener.load_balancer_arn]
            self._check(actions, listener, balancer, _data(listener.rules[0]))
            set_actions(listener, listener.rules[0], actions)
        listener.port = self._get_int_param("Port", listener.port)
        listener.protocol = protocol or listener.protocol
        listener.ssl_policy = self._get_param("SslPolicy") or listener.ssl_policy
        listener.certificates = certificates or listener.certificates
        self.world.routes_changed()
        return ActionResult({"Listeners": [listener]})

    def delete_listener(self) -> ActionResult:
        """Delete a listener with its rules."""
        self._the_listener(self._get_param("ListenerArn"))
        result = super().delete_listener()
        self.world.routes_changed()
        return result

    def create_rule(self) -> ActionResult:
        """Create a rule of an application load balancer's listener."""
        listener = self._the_listener(self._get_param("ListenerArn"))
        balancer, actions = self.elb.load_balancers[listener.load_balancer_arn], self._get_param("Actions", [])
        if balancer.type == "network":
            raise AwsError("OperationNotPermitted", "Rules are not supported for Network Load Balancers")
        self._check(actions, listener, balancer, [])
        result = super().create_rule()
        set_actions(listener, parts(result)["Rules"][0], actions)
        self.world.routes_changed()
        return result

    def modify_rule(self) -> ActionResult:
        """Change a rule; the default rule belongs to ModifyListener."""
        arn = self._get_param("RuleArn")
        listener, rule = self._the_rule(arn)
        if rule.is_default:
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")
        actions = self._get_param("Actions", [])
        if actions:
            self._check(actions, listener, self.elb.load_balancers[listener.load_balancer_arn], _data(rule))
        result = super().modify_rule()
        if actions:
            set_actions(listener, rule, actions)
        self.world.routes_changed()
        return result

    def delete_rule(self) -> ActionResult:
        """Delete a rule; a default rule goes with its listener."""
        arn = self._get_param("RuleArn")
        if self._the_rule(arn)[1].is_default:
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
        result = super().delete_rule()
        self.world.routes_changed()
        return result

    def set_rule_priorities(self) -> ActionResult:
        """Give rules new priorities, all at once: rules may change places."""
        wanted = {entry["RuleArn"]: int(entry["Priority"]) for entry in self._get_param("RulePriorities", [])}
        rules = {arn: self._the_rule(arn) for arn in wanted}
        for arn, (_, rule) in rules.items():
            if rule.is_default:
                raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")
        for listener in {id(listener): listener for listener, _ in rules.values()}.values():
            after = [wanted.get(rule.arn, rule.priority) for rule in listener.rules.values() if not rule.is_default]
            if len(set(after)) < len(after):
                raise AwsError("PriorityInUse", "The specified priority is in use")
        for arn, (_, rule) in rules.items():
            rule.priority = wanted[arn]
        self.world.routes_changed()
        return ActionResult({"Rules": [rule for _, rule in rules.values()]})

    def delete_load_balancer(self) -> ActionResult:
        """Delete a load balancer with its listeners."""
        result = super().delete_load_balancer()
        self.world.routes_changed()
        return result

    # Finding

    def _check(self, actions: Sequence[JSON], listener: Moto, balancer: Moto, before: Sequence[JSON]) -> None:
        groups: Mapping[str, Moto] = self.elb.target_groups
        check_actions(actions, groups=groups, listener=listener, balancer=balancer, before=before)

    def _page(self, name: str, found: Sequence[Moto]) -> ActionResult:
        size, marker = self._get_int_param("PageSize", _PAGE), self._get_param("Marker")
        if size not in _PAGE_SIZES:
            raise AwsError("ValidationError", f"Page size '{size}' must be between 1 and 400")
        if marker is not None and not str(marker).isdigit():
            raise AwsError("ValidationError", f"'{marker}' is not a valid marker")
        first = int(marker or 0)
        page: JSON = {name: list(itertools.islice(found, first, first + size))}
        return ActionResult(page | ({"NextMarker": str(first + size)} if first + size < len(found) else {}))

    def _the_balancer(self, arn: str | None) -> Moto:
        if arn is None:
            raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
        check_arn(arn, "loadbalancer", "load balancer")
        if arn not in self.elb.load_balancers:
            raise AwsError("LoadBalancerNotFound", f"Load balancers '[{arn}]' not found")
        return self.elb.load_balancers[arn]

    def _the_listener(self, arn: str) -> Moto:
        check_arn(arn, "listener", "listener")
        for listener in self._balancers.listeners():
            if listener.arn == arn:
                return listener
        raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")

    def _the_rule(self, arn: str) -> tuple[Moto, Moto]:
        check_arn(arn, "listener-rule", "listener rule")
        for listener in self._balancers.listeners():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return listener, rule
        raise AwsError("RuleNotFound", "One or more rules not found")

    def _must_exist(self, arn: str) -> None:
        kind = arn.rsplit(":", 1)[-1].split("/", 1)[0]
        match kind:
            case "targetgroup":
                self.the_target_group(arn)
            case "loadbalancer":
                self._the_balancer(arn)
            case "listener":
                self._the_listener(arn)
            case "listener-rule":
                self._the_rule(arn)
            case _:
                raise AwsError("ValidationError", f"'{arn}' is not a valid resource ARN")


class _Protocol:
    """Stands for a listener that does not exist yet."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol


def _data(rule: Moto) -> list[JSON]:
    return [action.data for action in rule.actions]
