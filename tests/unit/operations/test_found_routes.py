"""Which rules a blue-green deployment moves, where nobody names them: only what has one reading counts."""

from dataclasses import replace

import pytest

from spotaction.model.errors import RefusedError
from spotaction.model.resources import Route, TargetGroupArn
from spotaction.operations.found_routes import find_moved_routes
from tests.support.fakes import APP, BLUE, GREEN, NEW_ID, OLD_ID, Scene, group, route, scene

OTHER = TargetGroupArn(f"{BLUE}-other")
PROD, STAGE, THIRD = 443, 8443, 80  # ports


def found(*rules: Route, swapped: bool = False, blue: bool = True) -> list[tuple[int, int | None]]:
    """The ports of the production and stage rules that are found."""
    place = around(*rules)
    new = group(APP if swapped else f"{APP}__STAGE__Harness", NEW_ID, target_groups=(GREEN,))
    old = group(f"{APP}__STAGE__Harness" if swapped else APP, OLD_ID, target_groups=(BLUE,)) if blue else None
    pairs = find_moved_routes(new, old, APP, place.world())
    return [(pair.prod.port, pair.stage.port if pair.stage else None) for pair in pairs]


def around(*rules: Route) -> Scene:
    place = scene()
    place.routes.routes = rules
    return place


@pytest.mark.parametrize(("blue", "green"), [(100, 0), (90, 10), (1, 99)])
def test_a_rule_with_both_target_groups_is_being_shifted(blue: int, green: int) -> None:
    assert found(route((BLUE, blue), (GREEN, green), port=PROD), route((BLUE, 1), port=THIRD)) == [(443, None)]


def test_at_100_percent_it_is_a_shift_if_no_other_rule_leads_to_either_group() -> None:
    assert found(route((BLUE, 0), (GREEN, 100), port=PROD)) == [(443, None)]


def test_every_rule_that_is_shifted_is_found() -> None:
    rules = route((BLUE, 50), (GREEN, 50), port=PROD), route((BLUE, 0), (GREEN, 100), port=STAGE)
    assert sorted(found(*rules)) == [(443, None), (8443, None)]


def test_after_a_swap_the_names_show_which_rule_is_production() -> None:
    assert found(route((GREEN, 1), port=PROD), route((BLUE, 1), port=STAGE), swapped=True) == [(443, 8443)]


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [
            route((BLUE, 1), port=PROD),
            route((GREEN, 1), port=STAGE),
        ],  # before a swap, or between its writes and the renames
        [route((BLUE, 1), port=PROD), route((GREEN, 1), (BLUE, 0), port=STAGE)],
        [route((GREEN, 1), port=PROD), route((GREEN, 1), (BLUE, 0), port=STAGE)],
        [route((GREEN, 1), port=PROD), route((GREEN, 1), port=STAGE)],
        # somebody else's rule does not turn a swap into a shift
        [route((GREEN, 1), port=PROD), route((BLUE, 1), port=STAGE), route((BLUE, 1), (GREEN, 1), port=THIRD)],
        [route((BLUE, 1), (GREEN, 1), (OTHER, 1), port=PROD)],
    ],
)
def test_whatever_has_two_readings_is_refused(rules: list[Route]) -> None:
    with pytest.raises(RefusedError, match="belongs to a blue-green deployment"):
        found(*rules)


@pytest.mark.parametrize(
    "rules",
    [
        [route((GREEN, 1), port=PROD), route((BLUE, 1), port=STAGE), route((BLUE, 1), port=THIRD)],
        [route((GREEN, 1), port=PROD), route((GREEN, 1), port=THIRD), route((BLUE, 1), port=STAGE)],
        [route((GREEN, 1), port=PROD), route((BLUE, 1), port=STAGE), route((BLUE, 1), (GREEN, 1), port=THIRD)],
    ],
)
def test_after_a_swap_with_more_rules_than_two_it_is_refused(rules: list[Route]) -> None:
    with pytest.raises(RefusedError, match="belongs to a blue-green deployment"):
        found(*rules, swapped=True)


def test_a_rule_of_another_load_balancer_is_not_taken_for_the_stage() -> None:
    """A rollback would write the new group's target group into it."""
    other = replace(route((BLUE, 1), port=STAGE), load_balancer="api-alb")
    with pytest.raises(RefusedError):
        found(route((GREEN, 1), port=PROD), other, swapped=True)


def test_without_an_old_group_nothing_was_moved_away_from() -> None:
    with pytest.raises(RefusedError, match="belongs to a blue-green deployment"):
        found(route((GREEN, 1), port=PROD), blue=False)
