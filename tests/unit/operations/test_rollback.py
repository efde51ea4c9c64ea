"""The operation rollback: which deployment it is about, how far that came, and what is restored."""

from dataclasses import replace

import pytest

from spotaction.model.choices import Override, Strategy
from spotaction.model.deployment import Deployment, GroupRef, Run, Status
from spotaction.model.errors import CredentialError, FailedError, RefusedError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from spotaction.model.execution import WHOLE, DeploySpec, Execution, SetupSpec
from spotaction.model.resources import (
    ZERO,
    AppName,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    LoadBalancer,
    Target,
    TargetState,
)
from spotaction.model.safety_rule import SafetyRule
from spotaction.operations.request import DeployRequest
from spotaction.operations.rollback import roll_back
from tests.support.fakes import (
    APP,
    BLUE,
    GREEN,
    NEW_ID,
    NEW_IMAGE,
    NONCE,
    OLD_ID,
    RANGE,
    START,
    THIRD,
    FakeRoutes,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    route,
    scene,
    swap_pair,
)

NOW = int(START.timestamp())
ME = Run("99", "1", "example/web", job="aaaa1111")
MINE = "fedc9876"
LOOKING = "web: whether the deployment got further than its record shows"
PAIR = swap_pair()
STAGE = route((GREEN, 1), port=8443)
SWAP = LoadBalancer("web-alb", 443, prod_rule=PAIR.prod.rule, stage_port=8443, stage_rule=STAGE.rule)


def marked(
    state: str = "stop", *, name: str = "web__8", ident: str = NEW_ID, old: str = f"{OLD_ID}:2/3/6", **kind: object
) -> Group:
    was = f" o={old}" if old else ""
    text = f"[spotaction n={NONCE} a=4b5e57f6 s={state} r=4711.1 d={NOW - 60}{was} c=2/3/6 f=f1 g=example/web]"
    return group(name, ident, description=text, image=NEW_IMAGE, **kind)  # type: ignore[arg-type]


def asked(*balancers: LoadBalancer, **more: object) -> DeployRequest:
    execution = Execution(Strategy.CANARY, SetupSpec(None, balancers), (DeploySpec("deploy", WHOLE),))
    given: dict[str, object] = {"app": APP, "run": ME, "execution": execution, "configure": lambda _image: {}, **more}
    return DeployRequest(nonce=MINE, timeout=900.0, **given)  # type: ignore[arg-type]


def writes(stage: Scene) -> list[tuple[object, ...]]:
    """The calls that scale, rename or delete; marks are left out."""
    return [call for call in stage.groups.calls if call[0] != "update" or call[2] is not None]


OLD = group("web__7", OLD_ID, minutes=60)
RESTORED = [("scale", OLD_ID, "2/3/6"), ("scale", NEW_ID, "0/0/0"), ("delete", NEW_ID)]


@pytest.mark.parametrize("state", ["stop", "done"])
def test_an_open_deployment_and_one_that_serves_are_rolled_back_from_their_mark(state: str) -> None:
    stage = scene(replace(OLD, capacity=ZERO), marked(state))
    record = roll_back(asked(), stage.world())
    assert writes(stage) == RESTORED
    assert (record.status, record.run, record.nonce) == (Status.ROLLED_BACK, ME, MINE)
    assert record.deadline == NOW + 900
    assert record.lock.replaces == NONCE
    assert record.started_steps == ["setup", "deploy"]
    assert stage.groups.known == {OLD_ID: replace(OLD, description=stage.groups.known[OLD_ID].description)}


def test_a_first_deployment_that_is_finished_has_nothing_to_go_back_to_and_an_open_one_goes() -> None:
    with pytest.raises(RefusedError, match="web__8 is the first deployment of web"):
        roll_back(asked(), scene(marked("done", old="")).world())
    stage = scene(marked("stop", old=""))
    assert roll_back(asked(), stage.world()).status is Status.ROLLED_BACK
    assert stage.groups.known == {}


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (OLD,),
        (marked("back"),),
        (marked("done", old=""), group("web__9", "sig-9")),  # another group serves by now
    ],
)
def test_where_nothing_is_open_and_nothing_of_ours_serves_nothing_is_done(groups: tuple[Group, ...]) -> None:
    stage = scene(*groups)
    record = roll_back(asked(), stage.world())
    assert record == Deployment(app=APP, strategy="canary", run=ME, image=record.image, status=Status.UNCHANGED)
    assert record.image == Image(ImageId(""), "")
    assert writes(stage) == []
    (note,) = stage.told(Note)
    assert isinstance(note, Note)
    assert "90 s" in note.text
    assert stage.saved[-1]["status"] == "unchanged"


@pytest.mark.parametrize("status", [Status.UNCHANGED, Status.PLANNED])
def test_a_record_of_a_run_that_changed_nothing_leads_to_nothing(status: Status) -> None:
    stage = scene(OLD, marked())
    record = deployment(OLD, marked())
    record.status = status
    done = roll_back(asked(), stage.world(), record)
    assert (done.status, writes(stage)) == (Status.UNCHANGED, [])
    assert (done.new is None) is (status is Status.PLANNED)


def test_a_deployment_that_another_one_came_after_is_not_rolled_back() -> None:
    later = marked("done", name="web__9", ident="sig-9", minutes=-5)
    record = deployment(OLD, marked("done"), status=Status.DEPLOYED)
    with pytest.raises(RefusedError) as caught:
        roll_back(asked(), scene(OLD, marked("done"), later).world(), record)
    assert caught.value.message.startswith("web__9 (sig-9) was deployed after web__8 (sig-0000000b)")


def test_of_a_deployment_that_was_overtaken_only_its_own_group_goes() -> None:
    other = marked("done", name="web__9", ident="sig-9", minutes=-5)
    stage = scene(OLD, marked(), other)
    record = roll_back(asked(), stage.world())
    assert writes(stage) == [("scale", NEW_ID, "0/0/0"), ("delete", NEW_ID)]
    assert Note("web__9 (sig-9) was deployed instead, so only web__8 is removed.") in stage.events
    assert (record.status, record.gate_passed_by) == (Status.ROLLED_BACK, "")


def swapped(prod: Forward, stage_rule: Forward, *, old: Group | None = None) -> tuple[Scene, Group, Group]:
    """A swap whose rules forward like this."""
    blue = old or group("web", OLD_ID, target_groups=(BLUE,), minutes=60)
    new = marked(name="web__STAGE__Harness", target_groups=(GREEN,))
    play = scene(blue, new)
    play.routes = FakeRoutes(routes=[PAIR.prod, STAGE])
    play.routes.forwards = {PAIR.prod.rule: prod, STAGE.rule: stage_rule}
    for each, arn in ((blue, BLUE), (new, GREEN)):
        play.routes.targets_of[arn] = tuple(
            Target(instance.id, TargetState.HEALTHY) for instance in instances(each.id, 6) if instance.id
        )
    return play, blue, new


def recorded(old: Group, new: Group, *started: str) -> Deployment:
    """The record of that swap as it was saved when these steps had begun, by a run that passed no gate yet."""
    return deployment(old, new, (PAIR,), started_steps=list(started))


def test_production_is_restored_although_the_record_is_older_than_the_swap() -> None:
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(BLUE))
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP), play.world(), record)
    assert Note("Production has changed: the deployment got further than its record shows.") in play.events
    assert play.routes.forwards == {PAIR.prod.rule: Forward.to_one(BLUE), STAGE.rule: Forward.to_one(GREEN)}
    assert done.status is Status.ROLLED_BACK
    assert done.started_steps == ["stage-setup", "swap-route", "downsize-old"]


def test_before_production_was_touched_what_differs_there_is_somebody_elses() -> None:
    play, old, new = swapped(Forward.to_one(THIRD), Forward.to_one(GREEN))
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP), play.world(), record)
    assert play.routes.writes == []
    assert done.started_steps == ["stage-setup"]
    assert done.status is Status.ROLLBACK_INCOMPLETE


@pytest.mark.parametrize(
    ("old", "further"),
    [
        (group("web", OLD_ID, target_groups=(BLUE,), minutes=60), False),
        (group("web", OLD_ID, Capacity(1, 2, 6), target_groups=(BLUE,), minutes=60), True),
        (group("web__STAGE__Harness", OLD_ID, target_groups=(BLUE,), minutes=60), True),
        (group("web", OLD_ID, Capacity(2, 4, 6), target_groups=(BLUE,), minutes=60), False),
    ],
)
def test_an_old_group_that_shrank_or_was_renamed_shows_that_the_deployment_went_further(
    old: Group, *, further: bool
) -> None:
    play, _, new = swapped(Forward.to_one(BLUE), Forward.to_one(GREEN), old=old)
    was = group("web", OLD_ID, target_groups=(BLUE,), minutes=60)
    record = recorded(was, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP), play.world(), record)
    assert (len(done.started_steps) > 1) is further
    assert done.status is Status.ROLLED_BACK
    assert play.groups.known[OLD_ID].name == "web"


def late(
    state: str = "live", *, minutes: float = 5, status: Status = Status.RUNNING
) -> tuple[Scene, Group, Deployment]:
    """A swap whose record knows the setup only; reads show it 40 s after the rollback began."""
    play, old, new = swapped(Forward.to_one(BLUE), Forward.to_one(GREEN))
    stage_name = "web__STAGE__Harness"
    play.groups.known[NEW_ID] = marked(state, name=stage_name, target_groups=(GREEN,), minutes=minutes)
    swap = {PAIR.prod.rule: Forward.to_one(GREEN), STAGE.rule: Forward.to_one(BLUE)}
    play.clock.at(40.0, lambda: play.routes.forwards.update(swap))
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by, record.status = "", status
    return play, new, record


@pytest.mark.parametrize("minutes", [5, 1.5])
def test_the_record_of_a_run_that_died_is_believed_once_reads_show_what_it_did_last(minutes: float) -> None:
    play, _, record = late(minutes=minutes)
    done = roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), play.world(), record)
    further = Note("Production has changed: the deployment got further than its record shows.")
    assert play.events[play.events.index(further) - 2 :][:2] == [
        WaitProgress(LOOKING, "what its run did last may show up to 90 s late", 0, 0, 10.0, 170.0),
        WaitFinished(LOOKING, "it did", 40.0, 4),
    ]
    assert play.routes.forwards == {PAIR.prod.rule: Forward.to_one(BLUE), STAGE.rule: Forward.to_one(GREEN)}
    assert (done.status, done.started_steps) == (Status.ROLLED_BACK, ["stage-setup", "swap-route", "downsize-old"])


def test_a_run_that_died_has_changed_nothing_if_no_read_shows_it_for_as_long_as_lists_lag() -> None:
    play, _, record = late()
    play.clock.at(40.0, lambda: play.routes.forwards.update({PAIR.prod.rule: Forward.to_one(BLUE)}))
    done = roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), play.world(), record)
    assert (done.status, done.started_steps) == (Status.ROLLED_BACK, ["stage-setup"])
    assert WaitFinished(LOOKING, "it did not", 90.0, 9) in play.events


def test_reads_that_fail_meanwhile_are_repeated_no_more_often_and_end_with_the_calls_of_the_rollback() -> None:
    play, _, record = late()
    context, reads = play.world(), list[float]()

    def all_groups() -> tuple[Group, ...]:
        if play.clock.passed < 20.0:
            return tuple(play.groups.known.values())
        reads.append(play.clock.passed)
        raise no_answer()

    play.groups.all = all_groups  # type: ignore[method-assign]
    context.call_budget.until = play.clock.now() + 125.0
    with pytest.raises(FailedError, match=r"Could not determine whether .* shows: Timed out after 2m 05s\.") as failed:
        roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), context, record)
    assert reads == [*(10.0 * turn for turn in range(2, 13)), 125.0]
    assert (
        failed.value.next_step == "fix the cause, then run operation: rollback again; so far, nothing was rolled back."
    )


class Noting(dict[GroupId, Capacity]):
    """Capacities that note with what a group was entered that was not written yet."""

    def __init__(self) -> None:
        self.entered: list[tuple[GroupId, Capacity]] = []

    def setdefault(self, group: GroupId, capacity: Capacity = RANGE) -> Capacity:
        self.entered.append((group, capacity))
        return super().setdefault(group, capacity)


@pytest.mark.parametrize(("listed", "read", "empty"), [(ZERO, RANGE, True), (RANGE, ZERO, True), (RANGE, RANGE, False)])
def test_an_old_group_that_a_list_or_a_read_shows_at_0_counts_as_scaled_down(
    listed: Capacity, read: Capacity, *, empty: bool
) -> None:
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(BLUE))
    context = play.world()
    context.written.capacities = noting = Noting()
    context.call_budget.on_idle = watch = lambda: None
    bounds: list[float] = []

    def get(group: GroupId) -> Group | None:
        if group == OLD_ID and not bounds:
            assert context.call_budget.on_idle is watch
            bounds.append(context.call_budget.until - play.clock.now())
            return replace(old, capacity=read)
        return play.groups.known.get(group)

    play.groups.get = get  # type: ignore[method-assign]
    first = (replace(old, capacity=listed), new)
    play.groups.all = lambda: tuple(play.groups.known.values()) if bounds else first  # type: ignore[method-assign]
    roll_back(asked(SWAP), context, recorded(old, new, "stage-setup", "swap-route"))
    assert (bounds, noting.entered) == ([10.0], [(OLD_ID, ZERO)] if empty else [])


def test_a_record_that_reached_the_downsize_says_that_the_old_group_may_be_at_0_whatever_reads_show() -> None:
    for started, entered in ((("stage-setup", "swap-route", "downsize-old"), [(OLD_ID, ZERO)]), (("stage-setup",), [])):
        play, old, new = swapped(Forward.to_one(BLUE), Forward.to_one(GREEN))
        context = play.world()
        context.written.capacities = noting = Noting()
        roll_back(asked(SWAP), context, recorded(old, new, *started))
        assert noting.entered == entered


def test_an_input_without_an_app_takes_the_one_of_the_record() -> None:
    stage = scene(OLD, marked())
    assert roll_back(asked(app=AppName("")), stage.world(), deployment(OLD, marked())).status is Status.ROLLED_BACK


@pytest.mark.parametrize(("rules", "back"), [(frozenset(SafetyRule), False), (frozenset[SafetyRule](), True)])
def test_the_safety_rules_of_the_request_count_without_the_new_group_too(
    rules: frozenset[SafetyRule], *, back: bool
) -> None:
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(BLUE))
    del play.groups.known[NEW_ID]
    play.routes.targets_of[BLUE] = ()
    roll_back(asked(SWAP, rules=rules), play.world(), recorded(old, new, "stage-setup", "swap-route"))
    assert (play.routes.forwards[PAIR.prod.rule] == Forward.to_one(BLUE)) is back


def test_without_its_group_and_marker_a_deployment_got_no_further_than_its_record_shows() -> None:
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(GREEN))
    del play.groups.known[NEW_ID]
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP), play.world(), record)
    assert (done.started_steps, play.routes.writes) == (["stage-setup"], [])
    assert Note("Production has changed: the deployment got further than its record shows.") not in play.events


@pytest.mark.parametrize(
    ("state", "minutes", "status"),
    [("live", 1, Status.RUNNING), ("stop", 5, Status.RUNNING), ("live", 5, Status.CANCELLED)],
)
def test_the_record_is_believed_at_once_where_its_run_had_not_got_so_far_or_wrote_how_it_ended(
    state: str, minutes: float, status: Status
) -> None:
    """A run waits 90 s before it changes more than its own group, which is a minute old here."""
    play, _, record = late(state, minutes=minutes, status=status)
    play.clock.at(40.0, lambda: play.routes.forwards.update({PAIR.prod.rule: Forward.to_one(BLUE)}))
    roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), play.world(), record)
    assert [event for event in play.events if LOOKING in str(event)] == []


def test_a_record_from_before_the_create_gets_its_group_from_the_mark() -> None:
    stage = scene(OLD, marked())
    record = deployment(OLD, None, started_steps=["setup"])
    done = roll_back(asked(), stage.world(), record)
    assert done.new == GroupRef(NEW_ID, "web__8", RANGE, NEW_IMAGE)
    assert done.status is Status.ROLLED_BACK
    assert NEW_ID not in stage.groups.known


def test_without_its_new_group_production_is_restored_from_the_record_alone() -> None:
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(BLUE))
    del play.groups.known[NEW_ID]
    record = recorded(old, new, "stage-setup", "swap-route")
    done = roll_back(asked(SWAP), play.world(), record)
    assert play.routes.forwards[PAIR.prod.rule] == Forward.to_one(BLUE)
    assert (done.status, done.nonce) == (Status.ROLLED_BACK, MINE)


@pytest.mark.parametrize(
    ("first_read", "waits"),
    [(ZERO, True), (Capacity(2, 3, 6), False), (None, False), (no_answer(), False), (CredentialError("no"), False)],
)
def test_an_old_group_that_a_read_shows_as_empty_is_not_restored_to_at_once(
    first_read: Capacity | Exception | None, *, waits: bool
) -> None:
    """The list still shows it as it was; where the read says nothing, the list counts."""
    play, old, new = swapped(Forward.to_one(GREEN), Forward.to_one(BLUE))
    pending, get = [first_read], play.groups.get

    def read(group: GroupId) -> Group | None:
        if group != OLD_ID or not pending:
            return get(group)
        seen = pending.pop()
        if isinstance(seen, Exception):
            raise seen
        return None if seen is None else replace(old, capacity=seen)

    play.groups.get = read  # type: ignore[method-assign]
    done = roll_back(asked(SWAP), play.world(), recorded(old, new, "stage-setup", "swap-route"))
    later = Note("Production will be restored once the old group is up again.")
    assert (done.status, later in play.events) == (Status.ROLLED_BACK, waits)
    assert play.routes.forwards[PAIR.prod.rule] == Forward.to_one(BLUE)


def test_production_that_nobody_serves_is_refused_with_what_is_wrong_there() -> None:
    stage = scene(replace(OLD, capacity=ZERO, target_groups=(BLUE,)))
    stage.routes = FakeRoutes(routes=[route((BLUE, 1))])
    with pytest.raises(RefusedError) as caught:
        roll_back(asked(SWAP), stage.world())
    assert "web-alb:443 rule c1 forwards to web-blue 100%" in caught.value.message
    staged = group("web__STAGE__Harness", OLD_ID, target_groups=(BLUE,))
    stage.groups.known = {OLD_ID: staged}
    with pytest.raises(RefusedError, match=r"web__STAGE__Harness \(sig-0000000a\)"):
        roll_back(asked(SWAP), stage.world())
    assert roll_back(asked(SWAP, previous=OLD_ID), stage.world()).status is Status.UNCHANGED
    stage.groups.known = {OLD_ID: replace(staged, name="web")}
    assert roll_back(asked(SWAP), stage.world()).status is Status.UNCHANGED
    assert roll_back(asked(SWAP), scene().world()).status is Status.UNCHANGED
    assert roll_back(asked(SWAP), stage.world(aws=False)).status is Status.UNCHANGED
