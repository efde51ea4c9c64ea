import re
from dataclasses import replace

import pytest

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.charts import health_chart, weight_chart
from spotaction.model.deployment import Status
from spotaction.model.events import GroupCreated, GroupScaled, RouteChanged
from spotaction.model.observations import Observations
from spotaction.model.resources import Capacity, Forward, Weighted
from tests.support.stories import BLUE, CAPACITY, GREEN, NEW, OLD, deployment
from tests.unit.github.test_outcome import ROUTE, routed

EMPTY = Capacity.fixed(0)


def lines(chart: str) -> list[list[float]]:
    return [[float(value) for value in found.split(", ")] for found in re.findall(r"    line \[(.*)\]\n", chart)]


def run(seen: Observations, *events: Stamped, operation: str = "deploy") -> RunReport:
    found = RunReport(Status.DEPLOYED, operation=operation, deployment=deployment(), seconds=90.0)
    return replace(found, events=events, observations=seen)


def test_each_read_is_a_step_and_instances_that_are_removed_count_no_longer() -> None:
    seen = Observations()
    seen.note_health(NEW, 45.0, 2, 2)
    chart = health_chart(
        run(
            seen,
            Stamped(0.0, GroupCreated(NEW, "web__4", "ami-0b")),
            Stamped(60.0, GroupScaled(OLD, "web__3", CAPACITY, EMPTY)),
        )
    )
    both, old, new = lines(chart)
    assert old == [2.0] * 60 + [0.0] * 31
    assert new == [0.0] * 45 + [2.0] * 46
    assert both == [a + b for a, b in zip(old, new, strict=True)]
    assert 'x-axis "seconds since the start" 0 --> 90' in chart


def test_a_later_run_starts_with_what_it_saw_first() -> None:
    seen = Observations()
    seen.note_health(NEW, 30.0, 1, 2)
    scaled = Stamped(60.0, GroupScaled(OLD, "web__3", CAPACITY, EMPTY))
    _, old, new = lines(health_chart(run(seen, scaled, operation="continue")))
    assert (old[0], old[-1], set(new)) == (2.0, 0.0, {1.0})


@pytest.mark.parametrize("report", [RunReport(Status.INVALID), run(Observations())], ids=["invalid", "nothing read"])
def test_without_reads_there_is_no_chart(report: RunReport) -> None:
    assert (health_chart(report), weight_chart(report)) == ("", "")


def test_the_weights_of_a_shift_are_drawn_and_a_swap_is_not() -> None:
    tenth = Forward((Weighted(BLUE, 90), Weighted(GREEN, 10)))
    shift = replace(run(Observations(), Stamped(30.0, RouteChanged(ROUTE.label, ROUTE.forward, tenth))), seconds=90.0)
    (weights,) = lines(weight_chart(replace(shift, deployment=routed(tenth))))
    assert weights == [0.0] * 30 + [10.0] * 61
    swap = Stamped(30.0, RouteChanged(ROUTE.label, ROUTE.forward, Forward.to_one(GREEN)))
    assert weight_chart(replace(shift, deployment=routed(None), events=(swap,))) == ""


def test_a_chart_of_a_day_is_as_small_as_one_of_a_minute() -> None:
    seen = Observations()
    for second in range(0, 86_400, 5):
        seen.note_health(NEW, float(second), second % 7, 7)
    assert len(health_chart(replace(run(seen), seconds=86_400.0))) < 2_000
