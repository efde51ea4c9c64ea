"""moto's ELB, with AWS's checks of listeners and rules."""

from collections.abc import Mapping, Sequence

from moto.core.responses import ActionResult
from moto.elbv2.responses import ELBV2Response

from spotaction.sandbox.aws.access_keys import Signed
from spotaction.sandbox.aws.elb_requests import ReadCalls
from spotaction.sandbox.aws.elb_validation import check_actions
from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.load_balancers import name_default_rule, set_actions
from spotaction.sandbox.aws.moto_backends import parts
from spotaction.sandbox.aws.parameters import CheckedParameters
from spotaction.sandbox.types import JSON, Moto


class OtherAccountElb(CheckedParameters, ELBV2Response):
    """Handles one ELB request in another account or region, where moto's own checks suffice."""

    def __init__(self, signed: Signed) -> None:
        super().__init__()
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account of the request's key."""
        return self._signed.key.account


class StrictElb(ReadCalls):
    """Handles one ELB request in the sandbox's account and region."""

    def create_load_balancer(self) -> ActionResult:
        """Create a load balancer; the ARN of a network load balancer contains `/net/`."""
        result = super().create_load_balancer()
        balancer = parts(result)["LoadBalancers"][0]
        if balancer.type == "network":
            old, balancer.arn = balancer.arn, balancer.arn.replace("/app/", "/net/")
            self.elb.load_balancers[balancer.arn] = self.elb.load_balancers.pop(old)
        return result

    def create_listener(self) -> ActionResult:
        """Create a listener; the port has to be free."""
        balancer = self.require_load_balancer(self._get_param("LoadBalancerArn"))
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
        """Modify a listener; parameters that are not given stay unchanged."""
        listener = self.require_listener(self._get_param("ListenerArn"))
        protocol, actions = self._get_param("Protocol"), self._get_param("DefaultActions", [])
        certificates = [entry["CertificateArn"] for entry in self._get_param("Certificates", [])]
        if (protocol or listener.protocol) in {"HTTPS", "TLS"} and not (certificates or listener.certificates):
            raise AwsError("CertificateNotFound", "You must specify a certificate for a secure listener")
        if self._given("DefaultActions"):
            balancer = self.elb.load_balancers[listener.load_balancer_arn]
            self._check(actions, listener, balancer, _data(listener.rules[0]))
            self.world.balancers.changing(listener, listener.rules[0])
            set_actions(listener, listener.rules[0], actions)
        listener.port = self._get_int_param("Port", listener.port)
        listener.protocol = protocol or listener.protocol
        listener.ssl_policy = self._get_param("SslPolicy") or listener.ssl_policy
        listener.certificates = certificates or listener.certificates
        self.world.routes_changed()
        return ActionResult({"Listeners": [listener]})

    def delete_listener(self) -> ActionResult:
        """Delete a listener and its rules."""
        self.require_listener(self._get_param("ListenerArn"))
        result = super().delete_listener()
        self.world.routes_changed()
        return result

    def create_rule(self) -> ActionResult:
        """Create a rule on an application load balancer's listener."""
        listener = self.require_listener(self._get_param("ListenerArn"))
        balancer, actions = self.elb.load_balancers[listener.load_balancer_arn], self._get_param("Actions", [])
        if balancer.type == "network":
            raise AwsError("OperationNotPermitted", "Rules are not supported for Network Load Balancers")
        self._check(actions, listener, balancer, [])
        result = super().create_rule()
        set_actions(listener, parts(result)["Rules"][0], actions)
        self.world.routes_changed()
        return result

    def modify_rule(self) -> ActionResult:
        """Modify a rule; default rules are modified with ModifyListener."""
        arn = self._get_param("RuleArn")
        listener, rule = self.require_rule(arn)
        if rule.is_default:
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")
        actions = self._get_param("Actions", [])
        if self._given("Actions"):
            self._check(actions, listener, self.elb.load_balancers[listener.load_balancer_arn], _data(rule))
            self.world.balancers.changing(listener, rule)
        result = super().modify_rule()
        if actions:
            set_actions(listener, rule, actions)
        self.world.routes_changed()
        return result

    def delete_rule(self) -> ActionResult:
        """Delete a rule; default rules are deleted with their listener."""
        arn = self._get_param("RuleArn")
        if self.require_rule(arn)[1].is_default:
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
        result = super().delete_rule()
        self.world.routes_changed()
        return result

    def set_rule_priorities(self) -> ActionResult:
        """Set the priorities of several rules at once, so that rules can swap places."""
        entries = self._get_param("RulePriorities", [])
        if any(entry.get("RuleArn") is None or entry.get("Priority") is None for entry in entries):
            raise AwsError("ValidationError", "You must specify a rule ARN and a priority for each rule")
        wanted = {entry["RuleArn"]: int(entry["Priority"]) for entry in entries}
        rules = {arn: self.require_rule(arn) for arn in wanted}
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
        """Delete a load balancer and its listeners."""
        result = super().delete_load_balancer()
        self.world.routes_changed()
        return result

    def _given(self, name: str) -> bool:
        """Return whether a list parameter is present; ELB rejects an empty one."""
        return name in self.querystring or self._get_param(name) is not None

    def _check(self, actions: Sequence[JSON], listener: Moto, balancer: Moto, before: Sequence[JSON]) -> None:
        groups: Mapping[str, Moto] = self.elb.target_groups
        check_actions(actions, groups=groups, listener=listener, balancer=balancer, before=before)


class _Protocol:
    """The protocol of a listener that does not exist yet."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol


def _data(rule: Moto) -> list[JSON]:
    return [action.data for action in rule.actions]
