"""Which of the facts that AWS tells before the first write are a reason to refuse."""

from dataclasses import dataclass, replace

import pytest

from spotaction.model.choices import Strategy
from spotaction.model.errors import RefusedError
from spotaction.model.execution import WHOLE, DeploySpec, Execution, SetupSpec
from spotaction.model.ports import CapacityApi
from spotaction.model.preflight import CapacityFacts, CapacityQuery
from spotaction.model.resources import JsonObject, TargetGroupArn
from spotaction.operations.preflight.facts import check_facts
from tests.support.fakes import BLUE, GREEN, deployment, group, scene

BASIC = Execution(Strategy.BASIC, SetupSpec(None), (DeploySpec("deploy", WHOLE),))
OLD = group(target_groups=(BLUE,))


@dataclass(frozen=True)
class Missing(CapacityApi):
    """AWS does not know these target groups."""

    arns: tuple[str, ...]

    def read(self, query: CapacityQuery) -> CapacityFacts:
        return CapacityFacts(missing=tuple(arn for arn in self.arns if arn in query.target_groups))


def check(entered: TargetGroupArn, missing: TargetGroupArn) -> None:
    balancers: JsonObject = {"loadBalancers": [{"type": "TARGET_GROUP", "arn": entered}]}
    config: JsonObject = {"compute": {"launchSpecification": {"loadBalancersConfig": balancers}}}
    context = replace(scene(OLD).world(), capacity=Missing((missing,)))
    check_facts(deployment(OLD), BASIC, config, (OLD, None), context)


def test_a_target_group_of_the_new_group_has_to_exist() -> None:
    with pytest.raises(RefusedError, match=f"Target groups of the new group do not exist: {GREEN}"):
        check(GREEN, GREEN)


def test_one_of_the_old_group_alone_may_be_gone() -> None:
    """It is why the new group is attached elsewhere."""
    check(GREEN, BLUE)
