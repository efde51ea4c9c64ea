"""What a deployment does about failures, lost locks and cancels: retries, time limits, the final check, the record."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine import engine
from spotaction.engine.context import DeployContext, Options
from spotaction.engine.engine import RunOptions
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.model import marker
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    CancelledError,
    ConflictError,
    FailedError,
    SpotactionError,
    TakenOverError,
    TimedOutError,
)
from spotaction.model.events import Note, StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import ZERO, Forward, GroupId, InstanceState, Route
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, RollbackScope, StepPolicy
from tests.support.fake_steps import NEW, OLD, FakeStep, Play, production
from tests.support.fakes import BLUE, GREEN, NEW_ID, FakeGroups, FakeRoutes, deployment, instances, no_answer, swap_pair

HOW = "run this action with the same inputs and operation: continue or operation: rollback"
TAKEN = TakenOverError("another run took over", next_step="follow that run")


@dataclass
class Seeing(FakeStep):
    """A step that notes the context in which it is run and rolled back."""

    seen: list[DeployContext] = field(default_factory=list)

    def run(self, deployment: Deployment, world: DeployContext) -> None:
        self.seen.append(world)
        super().run(deployment, world)

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        self.seen.append(world)
        super().rollback(deployment, world)


def seeing(play: Play, failures: list[Exception] | None = None) -> list[DeployContext]:
    step = Seeing("b", play.trace, failures or [])
    play.steps[1] = step
    return step.seen


def for_b(*strategies: FailureStrategy, timeout: float | None = None) -> dict[str, StepPolicy]:
    return {"b": StepPolicy(timeout=timeout, strategies=strategies)}


def on(reaction: FailureAction, *retries: float) -> FailureStrategy:
    return FailureStrategy(frozenset({Failure.VERIFICATION}), reaction, retries)


def test_each_retry_is_announced_with_its_number_and_its_delay() -> None:
    play = Play(b=[FailedError("one"), FailedError("two"), FailedError("three"), FailedError("four")])
    error = play.fails(RunOptions(step_policies=for_b(on(FailureAction.ABORT, 10.0, 20.0, 30.0))))
    assert error.message == "four"
    assert [event.text for event in play.stage.events if isinstance(event, Note)] == [
        "Retrying b in 10s (retry 1 of 3).",
        "Retrying b in 20s (retry 2 of 3).",
        "Retrying b in 30s (retry 3 of 3).",
        f"The deployment stopped on failure, as requested. Next: {HOW}.",
    ]
    assert play.stage.clock.sleeps == [0.0, 0.0, 10.0, 0.0, 20.0, 0.0, 30.0, 0.0]


def test_a_conflict_is_not_tried_again() -> None:
    play = Play(b=[ConflictError("another run")])
    strategy = FailureStrategy(frozenset(Failure), FailureAction.ABORT, (10.0,))
    assert play.fails(RunOptions(step_policies=for_b(strategy))).message == "another run"
    assert (play.trace, play.stage.clock.passed) == (["a", "b", "undo b", "undo a"], 0.0)


def test_a_steps_time_limit_holds_for_its_waits_and_for_no_other_steps() -> None:
    play = Play()
    seen = seeing(play)
    world = play.stage.world(options=Options(steady_timeout=1200.0, keep_old=7))
    play.run(RunOptions(step_policies=for_b(timeout=90.0)), world)
    assert [each.options for each in seen] == [replace(world.options, steady_timeout=90.0)]
    play = Play()
    seen = seeing(play)
    play.run(world=world)
    assert seen == [world]


def test_the_rollbacks_time_limit_holds_for_its_waits() -> None:
    play = Play(c=FailedError("no"))
    seen = seeing(play)
    play.fails(RunOptions(rollback_timeout=90.0))
    assert [each.options.steady_timeout for each in seen] == [1200.0, 90.0]


def test_a_step_that_fails_is_reported_with_its_seconds_and_its_message() -> None:
    for error, text in (
        (FailedError("no", next_step="look"), "no"),
        (CancelledError("Cancelled (SIGTERM)."), "Cancelled (SIGTERM)."),
    ):
        play = Play(b=error)
        play.steps[1].seconds = 90.0
        assert play.fails(RunOptions(default_action=FailureAction.ABORT)) is error
        assert play.stage.events[2:4] == [StepStarted("b"), StepFinished("b", 90.0, text)]
        assert error.__cause__ is None


def test_without_a_group_there_is_nothing_to_continue_with_so_a_failure_rolls_back() -> None:
    for wanted, trace in (
        (FailureAction.IGNORE, ["a", "undo a"]),
        (FailureAction.FAIL, ["a", "undo a"]),
        (FailureAction.ABORT, ["a"]),
    ):
        play = Play(a=FailedError("no"))
        play.record.new = None
        play.fails(RunOptions(default_action=wanted))
        assert play.trace == trace


@pytest.mark.parametrize(
    ("reaction", "reason", "told"),
    [
        (
            FailureAction.IGNORE,
            "ignored: b: no. Next: look.",
            WarningEvent("b failed; ignored by its failure strategy: no"),
        ),
        (FailureAction.SUCCEED, "", Note("b failed; marked as success by its failure strategy: no")),
    ],
)
def test_a_failure_that_is_passed_over_is_recorded_with_the_step_as_completed(
    reaction: FailureAction, reason: str, told: Note | WarningEvent
) -> None:
    play = Play(b=FailedError("no", next_step="look"))
    play.run(RunOptions(step_policies=for_b(on(reaction))))
    assert (play.record.reason, play.record.completed_steps) == (reason, ["a", "b", "c"])
    assert (play.record.ignored_failures, play.record.status) == ({"b"}, Status.DEPLOYED)
    assert told in play.stage.events
    assert play.stage.saved[3]["reason"] == reason


def test_a_failure_that_is_to_be_marked_only_ends_the_deployment_as_failed() -> None:
    play = Play(b=FailedError("no"))
    error = play.fails(RunOptions(default_action=FailureAction.FAIL))
    assert (play.trace, play.record.status) == (["a", "b"], Status.FAILED)
    assert play.stage.events[-1] == Note(f"The deployment failed. Next: {HOW}.")
    assert (error.next_step, play.record.reason) == (f"{HOW}.", "b: no")


@pytest.mark.parametrize(("until", "advice"), [("", f"{HOW}."), ("c", f"{HOW}, and without until.")])
def test_what_a_rollback_leaves_to_an_operator_is_said_with_the_way_to_continue(until: str, advice: str) -> None:
    play = Play(b=FailedError("no", next_step="look; "))
    scope = frozenset({RollbackScope.STANDALONE})
    error = play.fails(RunOptions(rollback_scope=scope, until=until))
    assert play.stage.events[-1] == Note(
        f"The deployment stopped on failure, as rollbackSteps configures. Next: {advice}"
    )
    assert error.next_step == f"look; then {advice}"
    assert (play.record.status, play.record.reason) == (Status.FAILED, "b: no")


def test_an_incomplete_rollback_of_a_run_with_until_is_repeated_without_it() -> None:
    for until in ("", "c"):
        play = Play(b=FailedError("no"))
        play.steps[0].undoing = no_answer()
        assert play.fails(RunOptions(until=until)).next_step.endswith(
            f"and operation: rollback{', and without until' if until else ''}."
        )


def sick(play: Play) -> None:
    play.stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)


UNSTEADY = f"web__8 in production: 0 of 3 healthy: i-{NEW_ID}-0, i-{NEW_ID}-1, i-{NEW_ID}-2: Spot reports UNHEALTHY."


def test_a_deployment_that_does_not_hold_at_the_end_is_rolled_back() -> None:
    play = Play()
    sick(play)
    assert play.fails().message == UNSTEADY
    assert (play.record.status, play.record.reason) == (Status.ROLLED_BACK, f"final check: {UNSTEADY}")
    assert play.trace == ["a", "b", "c", "undo c", "undo b", "undo a"]


def test_what_a_rollback_after_the_final_check_does_not_cover_is_warned_of() -> None:
    play = Play()
    sick(play)
    play.fails(RunOptions(rollback_scope=frozenset({RollbackScope.STANDALONE}), rollback_timeout=90.0))
    assert WarningEvent("a, b, c: not rolled back, because rollbackSteps has no ElastigroupRollback.") in (
        play.stage.events
    )


@pytest.mark.parametrize("action", [FailureAction.IGNORE, FailureAction.SUCCEED])
def test_a_final_check_whose_failure_is_ignored_is_warned_of(action: FailureAction) -> None:
    play = Play()
    sick(play)
    play.run(RunOptions(default_action=action))
    assert (play.record.status, play.record.reason) == (Status.DEPLOYED, f"final check: {UNSTEADY}")
    assert play.stage.events[-1] == WarningEvent(f"The final check failed, which is ignored: {UNSTEADY}")


@pytest.mark.parametrize("action", [FailureAction.ABORT, FailureAction.FAIL])
def test_a_final_check_that_fails_may_leave_everything_to_an_operator(action: FailureAction) -> None:
    play = Play()
    sick(play)
    error = play.fails(RunOptions(default_action=action, until="c"))
    assert (play.record.status, play.record.reason, play.state) == (
        Status.FAILED,
        f"final check: {UNSTEADY}",
        State.STOPPED,
    )
    assert play.stage.events[-1] == Note(
        f"The deployment stopped on failure, as requested. Next: {HOW}, and without until."
    )
    assert error.next_step == f"{HOW}, and without until."


class Lost(FakeGroups):
    """Every write or read of the new group says that another run has it, or goes first."""

    error: SpotactionError = TAKEN

    def get(self, group: GroupId) -> None:
        del group
        raise self.error


def test_a_conflict_at_the_very_end_is_rolled_back_whatever_is_configured() -> None:
    conflict = ConflictError("another run goes first")

    class Yielding(FakeGroups):
        def instances(self, group: GroupId) -> tuple[()]:
            del group
            raise conflict

    play = Play()
    play.stage.groups.__class__ = Yielding
    assert play.fails(RunOptions(default_action=FailureAction.ABORT)) is conflict
    assert play.trace[-3:] == ["undo c", "undo b", "undo a"]


def test_a_deployment_whose_time_is_over_still_has_a_minute_for_its_end() -> None:
    failing: list[list[Exception]] = [[], [FailedError("no")]]
    for failures in failing:
        play = Play(b=failures)
        world = play.stage.world()
        world.call_budget.until = 900.0
        action = RunOptions(default_action=FailureAction.ABORT)
        if failures:
            with pytest.raises(FailedError):
                play.run(action, world)
        else:
            play.run(action, world)
        assert world.call_budget.until == 1060.0

    play = Play()
    sick(play)
    world = play.stage.world()
    world.call_budget.until = 900.0
    left: list[float] = []

    class Seen(FakeGroups):
        def instances(self, group: GroupId) -> tuple[()]:
            del group
            left.append(world.call_budget.until)
            raise TimedOutError("late")

    play.stage.groups.__class__ = Seen
    with pytest.raises(TimedOutError):
        play.run(RunOptions(default_action=FailureAction.ABORT), world)
    assert left == [1060.0]


def test_completing_a_deployment_has_a_minute_of_its_own() -> None:
    play = Play()
    world = play.stage.world()
    play.steps[2].seconds = 100.0
    world.call_budget.until = 900.0
    play.run(world=world)
    assert world.call_budget.until == 1160.0


TO_LOSE: list[tuple[str, Callable[[Play, DeployContext], None]]] = [
    ("a step", lambda play, world: play.run(world=world)),
    ("the announcement", lambda play, world: engine.run_steps(play.steps, play.record, world, announce=True)),
    ("a rollback", lambda play, world: engine.roll_back(play.steps, play.record, world)),
]


@pytest.mark.parametrize(("where", "act"), TO_LOSE, ids=[where for where, _ in TO_LOSE])
@pytest.mark.parametrize("wrote", ["", "rules", "capacities"])
def test_a_run_that_loses_the_lock_leaves_everything_to_the_other(
    where: str, act: Callable[[Play, DeployContext], None], wrote: str
) -> None:
    play = Play(**({"b": TAKEN} if where == "a step" else {}))
    play.record.started_steps = ["a", "b"]
    world = play.stage.world()
    if where != "a step":
        play.steps[1].undoing = TAKEN
        world = replace(world, groups=Lost(play.stage.groups.known))
    if wrote == "capacities":
        world.written.capacities = {NEW_ID: ZERO}
    if wrote == "rules":
        world.written.rules = {swap_pair().prod.rule: object()}  # type: ignore[dict-item]
    with pytest.raises(TakenOverError) as caught:
        act(play, world)
    assert caught.value is TAKEN
    expected = "b: another run took over" if where == "a step" else "another run took over"
    assert (play.record.status, play.record.reason, play.record.lock.lost) == (Status.FAILED, expected, True)
    assert play.stage.saved[-1]["status"] == "failed"
    left = Note("The changes that this run has made are left in place.")
    assert play.stage.events.count(left) == (1 if wrote else 0)
    assert play.stage.groups.calls == []


def test_a_run_that_takes_over_says_so_in_the_marker_before_any_step() -> None:
    play = Play()
    written: list[list[tuple[object, ...]]] = []

    class Noting(FakeStep):
        def run(self, deployment: Deployment, world: DeployContext) -> None:
            del deployment, world
            written.append(list(play.stage.groups.calls))

    play.steps[0] = Noting("a", play.trace)
    engine.run_steps(play.steps, play.record, play.stage.world(), announce=True)
    text = marker.write_marker(deployment(OLD, NEW), State.RUNNING)
    assert written == [[("update", NEW_ID, None, text)]]


def test_a_cancel_restores_production_only_where_the_marker_names_this_run() -> None:
    for announced in (True, False):
        play = production()
        if not announced:
            play.stage.groups.errors["update"] = CancelledError("Cancelled (SIGTERM).")
        play.record.started_steps = ["a", "b"]
        with pytest.raises(CancelledError):
            engine.run_steps(play.steps, play.record, play.stage.world(), announce=True)
        assert bool(play.stage.routes.writes) is announced


def test_a_rollback_announces_itself_and_keeps_to_its_deadline() -> None:
    play = Play()
    seen = seeing(play)
    play.record.started_steps = ["a", "b"]
    engine.roll_back(play.steps, play.record, play.stage.world(), deadline=1234.0)
    assert seen[0].deadline == 1234.0
    text = marker.write_marker(deployment(OLD, NEW), State.RUNNING)
    assert play.stage.groups.calls[0] == ("update", NEW_ID, None, text)


def test_a_cancelled_rollback_says_why_in_the_record() -> None:
    play = production()
    play.record.started_steps = ["a", "b"]
    play.steps[1].undoing = CancelledError("Cancelled (SIGTERM).")
    with pytest.raises(CancelledError):
        engine.roll_back(play.steps, play.record, play.stage.world())
    assert (play.record.status, play.record.reason) == (Status.CANCELLED, "Cancelled (SIGTERM).")


def test_a_cancelled_rollback_restores_what_can_be_restored_by_now() -> None:
    play = production(restored=False)

    class Recovering(FakeStep):
        def rollback(self, deployment: Deployment, world: DeployContext) -> None:
            assert play.stage.routes.writes == []
            play.stage.routes.healthy[BLUE] = 3
            world.clock.sleep(10.0)
            super().rollback(deployment, world)

    play.steps[2] = Recovering("c", play.trace, undoing=CancelledError("Cancelled (SIGTERM)."))
    play.record.started_steps = ["a", "b", "c"]
    world = guard_context(play.stage.world(), play.record)
    with pytest.raises(CancelledError):
        engine.roll_back(play.steps, play.record, world)
    assert play.stage.routes.forwards[swap_pair().prod.rule] == Forward.to_one(BLUE)


def test_an_error_while_a_cancel_restores_production_is_told_and_the_cancel_stays() -> None:
    class Broken(FakeRoutes):
        def write(self, route: Route, forward: Forward) -> Route:
            raise RuntimeError(f"a bug about {route.port} and {forward}")

    play = production()
    play.stage.routes.__class__ = Broken
    with pytest.raises(CancelledError):
        play.run()
    assert play.stage.events[-1] == Note(
        "Not all of production's routes are restored yet: Internal error: RuntimeError: a bug about 443 and web-blue "
        "100%"
    )


def test_a_cancel_is_not_held_up_by_the_deployments_deadline() -> None:
    play = production()
    world = replace(play.stage.world(), deadline=900.0)
    play.stage.routes.forwards[swap_pair().prod.rule] = Forward.to_one(GREEN)
    with pytest.raises(CancelledError):
        play.run(world=world)
    assert len(play.stage.routes.writes) == 2
    assert world.call_budget.hurried


def test_a_rule_beside_production_that_the_rollback_does_not_cover_is_warned_of_by_itself() -> None:
    rule = swap_pair().prod
    play = Play(c=FailedError("no"))
    play.stage.routes.routes = [rule]
    play.steps[1] = StandaloneTrafficShift(  # type: ignore[call-overload]
        rule.load_balancer, rule.listener, rule.rule, rule.forward, "b"
    )
    play.fails(RunOptions(rollback_scope=frozenset({RollbackScope.GROUPS})))
    assert play.stage.told(WarningEvent) == [
        WarningEvent("b: not rolled back, because rollbackSteps has no StandAloneTrafficShiftRollback.")
    ]
    assert play.trace == ["a", "c", "undo c", "undo a"]


def test_a_rollback_after_the_final_check_that_fails_comes_before_the_cause_of_the_failure() -> None:
    play = Play()
    sick(play)
    play.steps[0].undoing = no_answer()
    assert play.fails().next_step.endswith("run this action with the same inputs and operation: rollback.")
    assert play.record.status is Status.ROLLBACK_INCOMPLETE


def test_a_final_check_that_takes_long_leaves_a_minute_for_the_marker() -> None:
    play = Play()
    world = play.stage.world()
    world.call_budget.until = 900.0
    play.stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    play.stage.clock.at(30.0, play.stage.groups.instances_of.clear)
    play.run(world=world)
    assert world.call_budget.until == play.stage.clock.now() + 60.0 >= 1090.0
