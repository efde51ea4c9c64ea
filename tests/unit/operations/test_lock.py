"""Who may deploy an app: the record's app, the marks on its groups, and the wait for another run."""

from dataclasses import replace

import pytest

from spotaction.model.choices import Override, Strategy
from spotaction.model.deployment import GroupRef, Run
from spotaction.model.errors import ConflictError, RefusedError
from spotaction.model.events import Note, WaitFinished, WaitProgress, WarningEvent
from spotaction.model.execution import WHOLE, DeploySpec, Execution, SetupSpec
from spotaction.model.marker import State
from spotaction.model.resources import AppName, Group, GroupId, Image, ImageId
from spotaction.operations.lock import (
    acquire,
    check_ownership,
    read_markers,
    require_readable,
    take_over,
    with_record_app,
)
from spotaction.operations.request import DeployRequest
from tests.support.fakes import (
    APP,
    NEW_ID,
    NONCE,
    OLD_ID,
    START,
    Scene,
    deployment,
    group,
    route,
    scene,
    shift_pair,
)

NOW = int(START.timestamp())
ME = Run("99", "1", "example/web", job="aaaa1111")
THEIRS = "https://github.com/example/web/actions/runs/4711"
TAKE_OUT = (
    "once no run is deploying, remove the text [spotaction … from the group's description (in the Spot console), and "
    "run again"
)


def asked(**more: object) -> DeployRequest:
    execution = Execution(Strategy.BASIC, SetupSpec(None), (DeploySpec("deploy", WHOLE),))
    given: dict[str, object] = {"app": APP, "run": ME, "execution": execution, "configure": lambda _image: {}, **more}
    return DeployRequest(**given)  # type: ignore[arg-type]


def marked(state: str = "live", seconds: int = 600, ident: str = NEW_ID, run: str = "4711.1") -> Group:
    text = f"[spotaction n={NONCE} a=4b5e57f6 s={state} r={run} d={NOW + seconds} c=2/3/6 g=example/web]"
    return group("web__8", ident, description=text)


def cut(ident: str = NEW_ID) -> Group:
    return replace(marked(ident=ident), description=marked().description[:50])


def unreadable(found: Group) -> str:
    return f"The marker of web__8 ({found.id}) cannot be read: {found.description!r}."


def test_the_records_app_counts_where_none_was_given() -> None:
    world = scene().world()
    assert with_record_app(asked(app=AppName("")), deployment(), world).app == APP
    request = asked(app=AppName("shop"))
    assert with_record_app(request, None, world) is request
    assert with_record_app(asked(), deployment(), world).app == APP
    with pytest.raises(RefusedError) as caught:
        with_record_app(request, deployment(), world)
    assert str(caught.value) == (
        "The input deployment belongs to web, not to shop. Next: pass the output `deployment` of the intended run."
    )


def test_a_record_of_rules_needs_aws() -> None:
    blind = scene().world(aws=False)
    for record in (deployment(routes=(shift_pair(),)), deployment(standalone_routes=[route()])):
        with pytest.raises(RefusedError) as caught:
            with_record_app(asked(), record, blind)
        assert str(caught.value) == (
            "The deployment of web changed load balancers, which needs AWS credentials. "
            "Next: run aws-actions/configure-aws-credentials first, or set role-to-assume."
        )
        assert with_record_app(asked(), record, scene().world()).app == APP
    assert with_record_app(asked(), deployment(), blind).app == APP


def test_a_record_that_names_the_group_of_another_app_is_refused_unless_the_user_names_it() -> None:
    foreign = group("shop__7", OLD_ID)
    record = deployment(foreign)
    check_ownership(asked(), None, (foreign,))
    check_ownership(asked(previous=OLD_ID), record, (foreign,))
    with pytest.raises(RefusedError):
        check_ownership(asked(), record, (foreign,))


def test_marks_are_read_and_the_record_stands_in_for_one_that_is_gone() -> None:
    stage = scene(marked(), group("web__7", OLD_ID))
    record = deployment(None, marked())
    assert [each.group.id for each in read_markers(asked(), stage.groups.all(), stage.world(), record)] == [NEW_ID]
    assert stage.events == []
    bare = group("web__8", NEW_ID)
    stage = scene(bare)
    (found,) = read_markers(asked(), (bare,), stage.world(), record)
    assert (found.group, found.marker.nonce, found.marker.state) == (bare, NONCE, State.RUNNING)
    assert stage.events == [Note("web__8 (sig-0000000b) has no marker; using the input deployment instead.")]
    assert read_markers(asked(), (bare,), stage.world()) == ()


def test_a_marker_that_cannot_be_read_is_refused_with_the_way_out() -> None:
    world = scene(cut()).world()
    record_hint = (
        "pass the output `deployment` of the intended run as the input deployment (and allow: take-over if it did not "
        "create this group); or "
    )
    for request, hint in ((asked(), record_hint), (asked(image=Image(ImageId("ami-1"), "")), "")):
        with pytest.raises(ConflictError) as caught:
            read_markers(request, (cut(),), world, dead=True)
        assert str(caught.value) == (f"{unreadable(cut())} Another run may be deploying web. Next: {hint}{TAKE_OUT}.")


def test_a_mark_that_was_cut_on_the_records_own_group_counts_as_the_record() -> None:
    record = deployment(None, marked())
    (found,) = read_markers(asked(), (cut(),), scene(cut()).world(), record)
    assert found.group.id == NEW_ID


@pytest.mark.parametrize("dead", [True, False])
def test_another_mark_that_was_cut_is_left_alone_by_a_take_over_where_a_record_says_what_is_meant(
    *, dead: bool
) -> None:
    other = cut("sig-9")
    stage, record = scene(marked(), other), deployment(None, marked())
    if not dead:
        with pytest.raises(ConflictError):
            read_markers(asked(), stage.groups.all(), stage.world(), record)
        return
    found = read_markers(asked(), stage.groups.all(), stage.world(), record, dead=True)
    assert [each.group.id for each in found] == [NEW_ID]
    assert stage.events == [
        WarningEvent(f"{unreadable(other)} Leaving the group unchanged, since take-over is allowed.")
    ]


def test_a_long_description_is_quoted_in_part() -> None:
    long = replace(cut(), description="[spotaction " + "x" * 200)
    with pytest.raises(ConflictError) as caught:
        require_readable(GroupRef.of(long), (long,))
    assert str(caught.value) == (
        f"The marker of web__8 (sig-0000000b) cannot be read: '{long.description[:80]}'. Next: {TAKE_OUT}."
    )


def test_the_old_groups_mark_has_to_be_whole_or_none() -> None:
    with pytest.raises(ConflictError):
        require_readable(GroupRef.of(marked()), (cut(),))
    for known in (marked(), group("web__8", NEW_ID)):
        require_readable(GroupRef.of(known), (cut("sig-9"), known))
    require_readable(None, (cut(),))
    require_readable(GroupRef.of(marked()), (cut("sig-9"),))


def test_the_open_deployment_is_taken_over_by_its_group_or_by_the_run_of_the_record() -> None:
    stage = scene(marked("stop"), marked("stop", ident="sig-9", run="4712.1"))
    found = read_markers(asked(), stage.groups.all(), stage.world())
    by_group = take_over(asked(), found, stage.world(), deployment(None, marked()))
    assert by_group is not None
    assert by_group.group.id == NEW_ID
    assert stage.events == [
        WarningEvent(
            "web__8 (sig-9): according to its marker, the deployment of "
            "https://github.com/example/web/actions/runs/4712 is unfinished as well, and this run leaves it so. "
            "Afterwards, run this action with the same inputs and operation: continue or operation: rollback."
        )
    ]
    record = replace(deployment(nonce=""), run=Run("4712", "1", "example/web"))
    by_run = take_over(asked(), found, stage.world(), record)
    assert by_run is not None
    assert by_run.group.id == "sig-9"
    with pytest.raises(RefusedError):
        take_over(asked(), found, stage.world(), None)
    with pytest.raises(RefusedError):
        take_over(asked(), found, stage.world(), replace(record, run=Run()))
    assert take_over(asked(), (), stage.world(), None) is None


def test_the_nonce_of_the_record_tells_two_groups_of_one_run_apart() -> None:
    other = replace(marked("stop", ident="sig-9"), description=marked("stop").description.replace(NONCE, "77777777"))
    stage = scene(marked("stop"), other)
    found = read_markers(asked(), stage.groups.all(), stage.world())
    meant = take_over(asked(), found, stage.world(), replace(deployment(nonce="77777777"), run=Run("4711")))
    assert meant is not None
    assert meant.group.id == "sig-9"


def test_a_live_run_is_taken_over_if_it_is_dead_only_and_one_whose_deadline_has_passed_at_once() -> None:
    for alive, dead, taken in ((1, False, False), (1, True, True), (0, False, True), (-1, False, True)):
        stage = scene(marked(seconds=alive))
        found = read_markers(asked(), stage.groups.all(), stage.world())
        if taken:
            assert (
                take_over(asked(allow=frozenset({Override.TAKE_OVER} if dead else ())), found, stage.world(), None)
                == found[0]
            )
        else:
            with pytest.raises(ConflictError):
                take_over(asked(allow=frozenset({Override.TAKE_OVER} if dead else ())), found, stage.world(), None)


def test_an_app_that_nobody_deploys_is_free_at_once() -> None:
    stage = scene(marked("done"), group("web__7", OLD_ID))
    assert acquire(asked(), stage.world()) == stage.groups.all()
    assert (stage.events, stage.clock.passed) == ([], 0.0)


def test_without_time_to_wait_another_run_is_a_conflict() -> None:
    stage = scene(marked())
    with pytest.raises(ConflictError, match=THEIRS):
        acquire(asked(), stage.world())
    assert stage.clock.passed == 0.0


def finished(stage: Scene, seconds: float, state: str = "done") -> None:
    def finish() -> None:
        stage.groups.known[NEW_ID] = marked(state)

    stage.clock.at(seconds, finish)


def test_another_run_is_waited_for_and_the_groups_are_those_of_afterwards() -> None:
    stage = scene(marked())
    finished(stage, 25.0)
    assert acquire(asked(conflict_timeout=60.0), stage.world()) == (marked("done"),)
    assert stage.clock.passed == 30.0
    (note,) = stage.told(Note)
    assert isinstance(note, Note)
    assert THEIRS in note.text
    (progress,) = stage.told(WaitProgress)
    assert isinstance(progress, WaitProgress)
    assert (progress.what, progress.reason) == ("web: other runs", f"{THEIRS} is deploying web")
    assert stage.told(WaitFinished) == [WaitFinished("web: other runs", "no other run is deploying", 30.0, 4)]


def test_a_run_that_stops_half_way_is_no_longer_waited_for() -> None:
    stage = scene(marked())
    finished(stage, 5.0, "stop")
    with pytest.raises(ConflictError, match="stopped"):
        acquire(asked(conflict_timeout=60.0), stage.world())
    assert stage.clock.passed == 10.0
    stage = scene(marked(seconds=15))
    with pytest.raises(ConflictError, match="died"):
        acquire(asked(conflict_timeout=60.0), stage.world())
    assert stage.clock.passed == 20.0


def test_our_own_jobs_mark_is_not_waited_for() -> None:
    stage = scene(marked(run="99.1.aaaa1111"))
    with pytest.raises(ConflictError):
        acquire(asked(conflict_timeout=60.0), stage.world())
    assert stage.clock.passed == 0.0


def test_a_run_that_does_not_end_in_time_is_a_conflict_that_says_so() -> None:
    stage = scene(marked())
    with pytest.raises(ConflictError) as caught:
        acquire(asked(conflict_timeout=60.0), stage.world())
    assert caught.value.message.startswith("Timed out after 1m 00s")
    assert f"{THEIRS} is deploying web" in caught.value.message
    assert caught.value.next_step == "check that run; wait longer with on-conflict."
    assert stage.clock.passed == 60.0


def test_another_apps_group_is_in_nobodys_way() -> None:
    foreign = replace(marked(), description=marked().description.replace("4b5e57f6", "00000000"))
    stage = scene(foreign, group("shop__1", "sig-9", description="[spotaction n=77777777 a=0"))
    assert acquire(asked(), stage.world()) == stage.groups.all()


@pytest.mark.parametrize(("run", "url"), [("4711.1", THEIRS), ("-.-", "run unknown")])
def test_a_run_is_named_as_a_person_finds_it(run: str, url: str) -> None:
    stage = scene(marked(run=run))
    (found,) = read_markers(asked(), stage.groups.all(), stage.world())
    assert found.name_run(ME) == url
    assert found.name_run(replace(ME, server="https://git.test")).startswith(
        "https://git.test/" if url == THEIRS else "run"
    )
    nameless = replace(found, marker=replace(found.marker, run=Run("7")))
    assert nameless.name_run(ME) == "run 7"
    assert GroupId(NEW_ID) == found.group.id
