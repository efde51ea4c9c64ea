"""Whether production's rules still forward as written, and from when a difference is somebody else's."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.steps.production_rules import (
    describe_modified_rule,
    require_as_written,
    rules_as_written,
    watch_rules,
)
from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.model.errors import CredentialError, FailedError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress
from spotaction.model.resources import Forward, Route
from tests.support.fakes import BLUE, GREEN, THIRD, FakeRoutes, Scene, no_answer, route, scene
from tests.support.lagging_routes import lagging

PROD, SECOND = route((BLUE, 1)), route((BLUE, 1), port=80, name="c2")
TO_GREEN, TO_THIRD = Forward.to_one(GREEN), Forward.to_one(THIRD)
WANTED = {PROD: TO_GREEN, SECOND: TO_GREEN}
AS_WANTED = {PROD.rule: TO_GREEN, SECOND.rule: TO_GREEN}
DIFFERS = (
    "web-alb:80 rule c2 was modified outside this deployment: it forwards to web-third 100%, not to web-green 100%"
)


def test_rules_that_read_as_written_pass_at_once_and_without_rules_nothing_is_read() -> None:
    stage, rules, context = lagging()
    rules.forwards = dict(AS_WANTED)
    require_as_written(context, WANTED)
    assert stage.events == [WaitFinished("production's rules", "as written", 0.0, 1)]
    require_as_written(context, {})
    assert (len(stage.events), rules.reads, watch_rules(context, {})) == (1, 1, ())


def test_a_read_that_may_be_older_than_the_write_is_repeated_every_second() -> None:
    stage, rules, context = lagging()
    rules.forwards = AS_WANTED | {SECOND.rule: TO_THIRD}
    context.written.rules = {SECOND.rule: RuleWrite(TO_GREEN, 1000.0)}
    stage.clock.at(7.0, lambda: rules.forwards.update(AS_WANTED))
    require_as_written(context, WANTED)
    assert stage.events == [
        WaitProgress("production's rules", DIFFERS, 0, 0, 0.0, 30.0),
        WaitFinished("production's rules", "as written", 7.0, 8),
    ]
    assert set(rules.retried_until) == {30.0}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [({}, 5.0), ({PROD.rule: 990.0}, 20.0), ({PROD.rule: 990.0, SECOND.rule: 980.0}, 20.0), ({PROD.rule: 900.0}, 5.0)],
)
def test_a_rule_that_keeps_differing_was_modified_by_somebody_else(
    written: dict[object, float], seconds: float
) -> None:
    stage, rules, context = lagging()
    rules.forwards = AS_WANTED | {SECOND.rule: TO_THIRD}
    context.written.rules = {rule: RuleWrite(TO_GREEN, at) for rule, at in written.items()}  # type: ignore[misc]
    with pytest.raises(FailedError) as caught:
        require_as_written(context, WANTED)
    assert (caught.value.message, caught.value.next_step) == (
        f"production's rules: {DIFFERS}.",
        "find out what modifies this rule (another pipeline, Terraform, a person), then run again.",
    )
    assert stage.clock.passed == seconds


def test_a_rule_that_changes_back_and_forth_is_not_certain_until_it_keeps_differing() -> None:
    stage, rules, context = lagging()
    wait = rules_as_written(context, {PROD: TO_GREEN})
    assert (wait.what, wait.first, wait.pace(Waiting(""), 0.0)) == ("production's rules", 0.0, 1.0)
    for forward, kind in ((TO_THIRD, Waiting), (TO_GREEN, Ready), (TO_THIRD, Waiting), (TO_THIRD, Failed)):
        rules.forwards[PROD.rule] = forward
        assert isinstance(wait.check(), kind)
        stage.clock.sleep(5.0)


def silent(error: Exception) -> Scene:
    """A scene in which reading rules fails."""

    class Silent(FakeRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            del routes
            raise error

    stage = scene()
    stage.routes = Silent()
    return stage


def test_a_read_that_never_answers_ends_at_the_time_for_which_reads_lag() -> None:
    stage = silent(no_answer("Throttled"))
    with pytest.raises(TimedOutError) as caught:
        require_as_written(stage.world(), WANTED)
    assert caught.value.message == "Timed out after 30s. production's rules: could not be read: Throttled."
    assert caught.value.next_step.startswith(
        "what could not be read says nothing about the release: make sure that the reads succeed"
    )
    assert stage.clock.passed == 30.0


def test_the_watch_reads_every_few_seconds_and_again_soon_once_a_rule_differs() -> None:
    stage, rules, context = lagging()
    rules.forwards = dict(AS_WANTED)
    (watch,) = watch_rules(context, WANTED)
    assert watch.what == "production's rules"
    assert [watch.first, watch.interval(0.0), watch.interval(29.0), watch.interval(30.0)] == [10.0, 10.0, 10.0, 20.0]
    assert watch.pace(Waiting(""), 100.0) == 2.5
    assert watch.check() == Ready("as written")
    rules.forwards[SECOND.rule] = TO_THIRD
    assert watch.check() == Waiting(DIFFERS)
    stage.clock.sleep(5.0)
    assert watch.check() == Failed(DIFFERS)


@pytest.mark.parametrize("error", [no_answer("Throttled"), CredentialError("Throttled")])
def test_a_watch_that_cannot_read_says_nothing(error: Exception) -> None:
    (watch,) = watch_rules(silent(error).world(), WANTED)
    assert watch.check() == Waiting("could not be read: Throttled")


def test_the_first_rule_that_differs_is_described_and_stickiness_that_is_off_does_not_count() -> None:
    sticky = replace(TO_GREEN, sticky_seconds=60)
    assert describe_modified_rule([replace(PROD, forward=TO_GREEN)], {PROD: sticky}) == ""
    assert describe_modified_rule([replace(PROD, forward=sticky)], {PROD: sticky}) == ""
    assert describe_modified_rule([replace(PROD, forward=replace(sticky, sticky_seconds=90))], {PROD: sticky}) == (
        "web-alb:443 rule c1 was modified outside this deployment: it forwards to web-green 100%, sticky for 90 s, "
        "not to web-green 100%, sticky for 60 s"
    )
    live = [replace(PROD, forward=TO_GREEN), replace(SECOND, forward=TO_THIRD)]
    assert describe_modified_rule(live, WANTED) == DIFFERS
    assert describe_modified_rule([replace(each, forward=TO_THIRD) for each in (PROD, SECOND)], WANTED) == (
        DIFFERS.replace("web-alb:80 rule c2", "web-alb:443 rule c1")
    )


def test_a_rule_that_was_not_read_is_not_taken_for_one_that_is_as_written() -> None:
    with pytest.raises(ValueError, match="longer"):
        describe_modified_rule([replace(PROD, forward=TO_GREEN)], WANTED)
