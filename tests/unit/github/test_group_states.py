from dataclasses import replace

import pytest

from spotaction.github.group_states import find_groups, least_healthy
from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.model.deployment import Status
from spotaction.model.events import GroupDeleted, GroupUpdated
from spotaction.model.observations import HealthSample
from spotaction.model.resources import Capacity
from tests.support.stories import CAPACITY, NEW, OLD, deployment, rollback, stamped, success


def samples(*pairs: tuple[int, int]) -> list[HealthSample]:
    return [HealthSample(float(at), float(at), healthy, required) for at, (healthy, required) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("seen", "least"),
    [
        ((), None),
        (((0, 3), (2, 3)), None),  # it never was steady
        (((0, 3), (3, 3), (2, 3), (3, 3)), (2, 3)),
        (((1, 1), (1, 3), (3, 3)), (3, 3)),  # the second phase launches: that is no lack
        (((3, 3), (2, 2), (1, 2)), (1, 2)),
        (((1, 1), (1, 3), (3, 3), (3, 1)), (3, 3)),  # while old instances drain, less is required
        (((3, 3), (5, 3), (3, 2), (2, 2)), (2, 2)),
        (((3, 2), (3, 1)), (3, 2)),
    ],
)
def test_the_least_healthy_moment_is_one_after_the_group_was_steady(
    seen: tuple[tuple[int, int], ...], least: tuple[int, int] | None
) -> None:
    found = least_healthy(samples(*seen))
    assert (found and (found.healthy, found.required)) == least


def test_groups_have_the_names_and_capacities_of_the_last_write() -> None:
    renamed = (Stamped(300.0, GroupUpdated(OLD, "web__STAGE", "web__3")), Stamped(310.0, GroupDeleted(NEW, "web__4")))
    report = RunReport(Status.ROLLED_BACK, deployment=deployment(), events=(*stamped(rollback()), *renamed))
    new, old = find_groups(report)
    assert (new.id, new.image, new.capacity, new.deleted, new.serves) == (
        NEW,
        "ami-0b",
        Capacity.fixed(0),
        310.0,
        False,
    )
    assert (old.name, old.capacity, old.serves) == ("web__STAGE", CAPACITY, True)


def test_the_group_that_serves_has_its_own_image_and_not_the_failed_one() -> None:
    old = find_groups(RunReport(Status.ROLLED_BACK, deployment=deployment(), previous_image="ami-0a"))[1]
    assert (old.id, old.image) == (OLD, "ami-0a")


def test_a_later_run_does_not_know_a_capacity_that_it_neither_read_nor_wrote() -> None:
    report = RunReport(Status.FAILED, operation="continue", deployment=deployment())
    assert [group.capacity for group in find_groups(report)] == [None, None]
    assert [group.capacity for group in find_groups(replace(report, status=Status.DEPLOYED))] == [CAPACITY, None]


def test_a_plan_shows_the_group_as_it_is() -> None:
    report = RunReport(Status.PLANNED, operation="plan", deployment=deployment(), events=stamped(success()))
    assert [(group.id, group.capacity) for group in find_groups(report)] == [(OLD, CAPACITY)]
