"""ELB's calls that describe load balancers, listeners, rules and target groups."""

import itertools
from collections.abc import Sequence

from moto.core.responses import ActionResult

from spotaction.sandbox.aws.access_keys import Signed
from spotaction.sandbox.aws.elb_targets import TargetCalls
from spotaction.sandbox.aws.elb_validation import check_arn
from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.load_balancers import sorted_rules
from spotaction.sandbox.aws.moto_backends import parts
from spotaction.sandbox.types import JSON, Moto
from spotaction.sandbox.world import World

_PAGE_SIZES = range(1, 401)
_PAGE = 50
_MAX_ARNS = 20


class ReadCalls(TargetCalls):
    """ELB's describe calls, and the look-ups that its other calls share."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__(world, signed)
        self._balancers = world.balancers

    def describe_load_balancers(self) -> ActionResult:
        """Describe load balancers; the call fails if one is missing."""
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
        """Describe listeners; the call fails if one is missing."""
        arns = self._get_param("ListenerArns", [])
        if not arns:
            balancer = self.require_load_balancer(self._get_param("LoadBalancerArn"))
            return self._page("Listeners", list(balancer.listeners.values()))
        return self._page("Listeners", [self.require_listener(arn) for arn in arns])

    def describe_rules(self) -> ActionResult:
        """Describe all rules of a listener, or the given rules."""
        listener_arn, arns = self._get_param("ListenerArn"), self._get_param("RuleArns")
        if (listener_arn is None) == (not arns):
            raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
        if listener_arn is not None:
            return self._page("Rules", sorted_rules(self.require_listener(listener_arn)))
        return self._page("Rules", [self.require_rule(arn)[1] for arn in arns])

    def describe_target_groups(self) -> ActionResult:
        """Describe target groups in pages."""
        for arn in self._get_param("TargetGroupArns", []):
            self.require_target_group(arn)
        result = super().describe_target_groups()
        return self._page("TargetGroups", list(parts(result)["TargetGroups"]))

    def describe_tags(self) -> ActionResult:
        """Describe the tags of at most 20 existing resources."""
        arns = self._get_param("ResourceArns", [])
        if len(arns) > _MAX_ARNS:
            raise AwsError("ValidationError", f"You can describe the tags of {_MAX_ARNS} resources at once")
        for arn in arns:
            self._must_exist(arn)
        return super().describe_tags()

    def require_load_balancer(self, arn: str | None) -> Moto:
        """Return a load balancer. Raises `AwsError` if there is none."""
        if arn is None:
            raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
        check_arn(arn, "loadbalancer", "load balancer")
        if arn not in self.elb.load_balancers:
            raise AwsError("LoadBalancerNotFound", f"Load balancers '[{arn}]' not found")
        return self.elb.load_balancers[arn]

    def require_listener(self, arn: str) -> Moto:
        """Return a listener. Raises `AwsError` if there is none."""
        check_arn(arn, "listener", "listener")
        for listener in self._balancers.listeners():
            if listener.arn == arn:
                return listener
        raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")

    def require_rule(self, arn: str) -> tuple[Moto, Moto]:
        """Return a rule's listener and the rule. Raises `AwsError` if there is none."""
        check_arn(arn, "listener-rule", "listener rule")
        for listener in self._balancers.listeners():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return listener, rule
        raise AwsError("RuleNotFound", "One or more rules not found")

    def _page(self, name: str, found: Sequence[Moto]) -> ActionResult:
        size, marker = self._get_int_param("PageSize", _PAGE), self._get_param("Marker")
        if size not in _PAGE_SIZES:
            raise AwsError("ValidationError", f"Page size '{size}' must be between 1 and 400")
        if marker is not None and not str(marker).isdigit():
            raise AwsError("ValidationError", f"'{marker}' is not a valid marker")
        first = int(marker or 0)
        page: JSON = {name: list(itertools.islice(found, first, first + size))}
        return ActionResult(page | ({"NextMarker": str(first + size)} if first + size < len(found) else {}))

    def _must_exist(self, arn: str) -> None:
        kind = arn.rsplit(":", 1)[-1].split("/", 1)[0]
        match kind:
            case "targetgroup":
                self.require_target_group(arn)
            case "loadbalancer":
                self.require_load_balancer(arn)
            case "listener":
                self.require_listener(arn)
            case "listener-rule":
                self.require_rule(arn)
            case _:
                raise AwsError("ValidationError", f"'{arn}' is not a valid resource ARN")
