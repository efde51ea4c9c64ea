"""Phases that deploy or keep more instances than a group may have, once both groups are known."""

import pytest

from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import RefusedError
from spotaction.model.execution import DeploySpec, Execution, SetupSpec
from spotaction.model.resources import Capacity
from spotaction.pipeline.phase_counts import check_phase_counts
from tests.support.fakes import group

OLD = GroupRef.of(group(capacity=Capacity(2, 3, 6)))
NEW = Capacity(1, 2, 4)


def check(amount: int, kept: int | None = None) -> None:
    spec = DeploySpec("canary-deploy-1", Amount(count=amount), None if kept is None else Amount(count=kept))
    check_phase_counts(Execution(Strategy.CANARY, SetupSpec(None), (spec,)), NEW, OLD)


@pytest.mark.parametrize(("amount", "kept"), [(4, None), (1, 6)])
def test_as_many_as_a_group_may_have_are_not_too_many(amount: int, kept: int | None) -> None:
    check(amount, kept)


@pytest.mark.parametrize(
    ("amount", "kept", "message"),
    [
        (5, None, "deploys 5 instances, more than the maximum of 4 for the new group"),
        (1, 7, "keeps 7 old instances, more than the maximum of 6 for web__7"),
    ],
)
def test_one_more_is_refused(amount: int, kept: int | None, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        check(amount, kept)
