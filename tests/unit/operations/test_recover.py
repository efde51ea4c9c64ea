"""The record made again from the mark and the live rules, where none was passed on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from spotaction.engine import marked_groups
from spotaction.engine.context import Options
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.model.choices import Strategy
from spotaction.model.deployment import UNKNOWN_RUN, Deployment, GroupRef, Lock, RoutePair, Run, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.execution import WHOLE, DeploySpec, Execution, SetupSpec
from spotaction.model.resources import (
    Capacity,
    Group,
    GroupId,
    Image,
    LoadBalancer,
    Route,
    RuleArn,
    Suspension,
    TargetGroupArn,
)
from spotaction.operations.discovery import CurrentState
from spotaction.operations.recover import (
    find_replacement,
    record_from_marker,
    resumed_state,
    take_lock_over,
)
from tests.support.fakes import (
    APP,
    BLUE,
    GREEN,
    NEW_ID,
    NEW_IMAGE,
    OLD_ID,
    OLD_IMAGE,
    RANGE,
    START,
    THIRD,
    FakeRoutes,
    Scene,
    deployment,
    group,
    route,
    scene,
    shift_pair,
)

HAD = Capacity(1, 2, 3)
SWAP = LoadBalancer("web-alb", 443, stage_port=8443)
SHIFT = LoadBalancer("web-alb", 443, stage_target_group=GREEN, shift=True)
PROD, STAGE = route((BLUE, 1)), route((GREEN, 1), port=8443)


def marked(name: str, *, old: str = f"{OLD_ID}:1/2/3", state: str = "live", more: str = "", **kind: object) -> Group:
    was = f" o={old}" if old else ""
    text = f"[spotaction n=0123abcd a=4b5e57f6 s={state} r=4711.2 d=1795528800{was} c=2/3/6 f=f1{more} g=example/web]"
    return group(name, NEW_ID, description=text, image=NEW_IMAGE, **kind)  # type: ignore[arg-type]


def found(stage: Scene, ident: GroupId = NEW_ID) -> MarkedGroup:
    return next(each for each in marked_groups.marked_groups(stage.groups.all(), APP) if each.group.id == ident)


def made(
    stage: Scene, *balancers: LoadBalancer, options: Options | None = None, aws: bool = True, strategy: str = "canary"
) -> Deployment:
    execution = Execution(Strategy(strategy), SetupSpec(None, balancers), (DeploySpec("deploy", WHOLE),))
    return record_from_marker(found(stage), stage.groups.all(), execution, APP, stage.world(aws=aws, options=options))


def staged(prod: Route = PROD, stage: Route | None = STAGE, *, more: str = "") -> Scene:
    old = group("web", OLD_ID, target_groups=(BLUE,))
    play = scene(old, marked("web__STAGE__Harness", target_groups=(GREEN,), more=more))
    play.routes = FakeRoutes(routes=[each for each in (prod, stage) if each is not None])
    return play


def test_a_canary_is_made_again_from_its_mark() -> None:
    stage = scene(group("web__7", OLD_ID), marked("web__8"))
    assert made(stage) == Deployment(
        app=APP,
        strategy="canary",
        run=Run("4711", "2", "example/web"),
        image=Image(NEW_IMAGE, ""),
        fingerprint="f1",
        deadline=1795528800,
        capacity=RANGE,
        snapshot=Snapshot(GroupRef(OLD_ID, "web__7", HAD, OLD_IMAGE)),
        new=GroupRef(NEW_ID, "web__8", RANGE, NEW_IMAGE),
        started_steps=["setup", "deploy"],
        nonce="0123abcd",
        gate_passed_by=UNKNOWN_RUN,
    )
    assert stage.told(Note) == [
        Note(f"Rebuilding the record from the marker of web__8 ({NEW_ID}) and the live clouds.")
    ]


def test_a_numbered_group_is_not_of_a_blue_green_deployment() -> None:
    stage = scene(group("web__7", OLD_ID, minutes=60), marked("web__8"))
    with pytest.raises(RefusedError) as caught:
        made(stage, strategy="blue-green")
    assert caught.value.message == f"web__8 ({NEW_ID}) belongs to a basic or canary deployment."
    assert caught.value.next_step == (
        "set the same strategy, or pass the output `deployment` of the run that started it."
    )


def test_a_first_deployment_has_no_group_to_go_back_to() -> None:
    assert made(scene(marked("web__1", old=""))).snapshot == Snapshot()


def test_an_old_group_that_is_gone_is_nothing_to_go_back_to() -> None:
    unlock = f"remove the text [spotaction …] from the description of web__8 ({NEW_ID}) in the Spot console, then "
    for state, first in (("live", unlock), ("done", "")):
        with pytest.raises(RefusedError) as caught:
            made(scene(marked("web__8", state=state)))
        assert caught.value.message == f"{OLD_ID}, which web__8 of web replaced, no longer exists."
        assert caught.value.next_step == (f"there is nothing to roll back to: {first}deploy the version that you want.")


@pytest.mark.parametrize(
    ("prod", "stage"),
    [
        (PROD, STAGE),
        (route((GREEN, 1)), STAGE),  # it died between two writes
        (route((GREEN, 1)), route((BLUE, 1), port=8443)),
        (PROD, route((GREEN, 1), (BLUE, 0), port=8443)),  # while it swaps, the stage names blue without a share
        (route((GREEN, 1)), route((GREEN, 1), (BLUE, 0), port=8443)),
    ],
)
def test_the_routes_of_a_swap_are_as_before_wherever_it_died(prod: Route, stage: Route) -> None:
    record = made(staged(prod, stage), SWAP)
    assert record.snapshot.routes == (RoutePair(PROD, STAGE, BLUE, GREEN),)
    assert record.snapshot.old == GroupRef(OLD_ID, "web", HAD, OLD_IMAGE)
    assert record.strategy == "blue-green"
    assert record.started_steps == ["stage-setup", "swap-route", "downsize-old"]


def test_an_old_group_that_bears_the_stage_name_was_called_as_the_app() -> None:
    stage = scene(group("web__STAGE__Harness", OLD_ID, target_groups=(BLUE,)), marked("web", target_groups=(GREEN,)))
    stage.routes = FakeRoutes(routes=[route((GREEN, 1)), route((BLUE, 1), port=8443)])
    record = made(stage, SWAP)
    assert record.snapshot.old == GroupRef(OLD_ID, "web", HAD, OLD_IMAGE)
    assert record.new == GroupRef(NEW_ID, "web", RANGE, NEW_IMAGE)


@pytest.mark.parametrize("weights", [(100, 0), (50, 50), (0, 100)])
def test_the_routes_of_a_shift_have_all_requests_at_blue_wherever_it_died(weights: tuple[int, int]) -> None:
    record = made(staged(route((BLUE, weights[0]), (GREEN, weights[1])), None), SHIFT)
    assert record.snapshot.routes == (RoutePair(route((BLUE, 100), (GREEN, 0)), None, BLUE, GREEN),)
    assert record.started_steps == ["stage-setup", "shift", "downsize-old"]


@pytest.mark.parametrize(
    ("more", "live", "before"),
    [
        (" k=3600", None, 3600),  # turned off for the last shift
        (" k=3600", 60, 3600),
        ("", 600, None),  # a person turned it on meanwhile
        (" k=0", 600, None),
        (" k=3600,60", 600, 600),  # of another number of rules: the mark says nothing of this one
    ],
)
def test_stickiness_is_as_the_mark_remembers_it(more: str, live: int | None, before: int | None) -> None:
    record = made(staged(route((BLUE, 50), (GREEN, 50), sticky=live), None, more=more), SHIFT)
    assert record.snapshot.routes[0].prod == route((BLUE, 100), (GREEN, 0), sticky=before)


@pytest.mark.parametrize(
    ("more", "kept", "noted"),
    [
        ("", (None, None), False),
        (" k=60,60", (60, 60), False),
        (" k=3600,60", (600, 600), True),  # whose is which cannot be told without load balancers
    ],
)
def test_rules_that_are_looked_for_get_their_stickiness_back_if_all_had_the_same(
    more: str, kept: tuple[int | None, ...], *, noted: bool
) -> None:
    first = route((BLUE, 50), (GREEN, 50), sticky=600)
    second = route((BLUE, 50), (GREEN, 50), port=8443, sticky=600)
    stage = staged(first, second, more=more)
    execution = Execution(Strategy("canary"), SetupSpec(None), (DeploySpec("deploy", WHOLE),))
    record = record_from_marker(found(stage), stage.groups.all(), execution, APP, stage.world(), search_routes=True)
    assert {pair.prod.port: pair.prod.forward for pair in record.snapshot.routes} == {
        port: route((BLUE, 100), (GREEN, 0), port=port, sticky=sticky).forward
        for port, sticky in zip((443, 8443), kept, strict=True)
    }
    note = Note("The stickiness of the rules stays as it is: what each had before is unknown.")
    assert (note in stage.told(Note)) is noted


def test_a_shift_on_a_rule_that_somebody_changed_is_refused() -> None:
    for forward in (route((GREEN, 50), (BLUE, 25), (THIRD, 25)), route((GREEN, 50), (THIRD, 25), (BLUE, 25))):
        with pytest.raises(RefusedError) as caught:
            made(staged(forward, None), SHIFT)
        assert caught.value.message == (
            f"web-alb:443 rule c1 was modified outside this deployment: it forwards to {forward.forward}."
        )
        assert caught.value.next_step == (
            "restore its two target groups, or pass the output `deployment` of the run that started it."
        )


def test_a_rule_that_has_nothing_to_do_with_the_new_group_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"web-alb:443 rule c1 .*web__STAGE__Harness \(sig-0000000b\)"):
        made(staged(route((BLUE, 1)), route((THIRD, 1), port=8443)), SWAP)


@pytest.mark.parametrize(
    ("groups", "blue"), [((BLUE,), BLUE), ((BLUE, GREEN), BLUE), ((BLUE, THIRD), None), ((), None)]
)
def test_where_both_rules_lead_to_green_the_old_groups_only_target_group_is_blue(
    groups: tuple[TargetGroupArn, ...], blue: TargetGroupArn | None
) -> None:
    stage = staged(route((GREEN, 1)), STAGE)
    stage.groups.known[OLD_ID] = group("web", OLD_ID, target_groups=groups)
    if blue is None:
        with pytest.raises(RefusedError, match="web-alb:443 rule c1"):
            made(stage, SWAP)
    else:
        assert made(stage, SWAP).snapshot.routes == (RoutePair(PROD, STAGE, BLUE, GREEN),)


OTHER_GREEN = TargetGroupArn(THIRD.replace("c", "d"))


@pytest.mark.parametrize(
    ("new", "old", "known"),
    [
        ((GREEN,), (BLUE,), True),
        ((GREEN,), (BLUE, GREEN), False),  # the old group has it, too
        ((GREEN, OTHER_GREEN), (BLUE,), False),  # one of several
    ],
)
def test_where_both_rules_lead_to_blue_the_new_groups_own_target_group_is_green(
    new: tuple[TargetGroupArn, ...], old: tuple[TargetGroupArn, ...], *, known: bool
) -> None:
    stage = staged(PROD, route((BLUE, 1), port=8443))
    stage.groups.known[OLD_ID] = group("web", OLD_ID, target_groups=old)
    stage.groups.known[NEW_ID] = marked("web__STAGE__Harness", target_groups=new)
    if known:
        assert made(stage, SWAP).snapshot.routes == (RoutePair(PROD, STAGE, BLUE, GREEN),)
    else:
        with pytest.raises(RefusedError, match=r"web-alb:443 rule c1 .*web__STAGE__Harness \(sig-0000000b\)"):
            made(stage, SWAP)


def test_a_target_group_in_another_listeners_rule_is_not_green() -> None:
    stage = staged(PROD, route((BLUE, 1), port=8443))
    stage.routes = FakeRoutes(routes=[*stage.routes.routes, route((THIRD, 50), (OTHER_GREEN, 50), port=80)])
    stage.groups.known[NEW_ID] = marked("web__STAGE__Harness", target_groups=(GREEN, OTHER_GREEN))
    other_port = LoadBalancer("web-alb", 80, stage_target_group=OTHER_GREEN, shift=True)
    swapped, other = made(stage, SWAP, other_port).snapshot.routes
    assert swapped == RoutePair(PROD, STAGE, BLUE, GREEN)
    assert (other.blue, other.green) == (THIRD, OTHER_GREEN)


def test_without_aws_rules_cannot_be_made_again_and_without_rules_a_stage_neither() -> None:
    with pytest.raises(RefusedError, match="AWS credentials"):
        made(staged(), SWAP, aws=False)
    with pytest.raises(RefusedError) as caught:
        made(staged())
    assert caught.value.message == "web__STAGE__Harness (sig-0000000b) belongs to a blue-green deployment."
    assert caught.value.next_step == (
        "set the same load-balancers, or pass the output `deployment` of the run that started it."
    )


def test_an_app_whose_first_deployment_died_has_no_old_target_group_to_tell_green_by() -> None:
    stage = staged(PROD, route((BLUE, 1), port=8443))
    stage.groups.known[NEW_ID] = marked("web__STAGE__Harness", old="", target_groups=(GREEN,))
    with pytest.raises(RefusedError) as caught:
        made(stage, SWAP)
    assert caught.value.message == (
        "web-alb:443 rule c1 does not use a target group of web__STAGE__Harness (sig-0000000b)."
    )


def test_a_shift_whose_rule_leads_to_blue_alone_is_not_taken_for_a_swap_that_was_rolled_back() -> None:
    with pytest.raises(RefusedError) as caught:
        made(staged(PROD, None), SHIFT)
    assert caught.value.message == (
        "web-alb:443 rule c1 does not use a target group of web__STAGE__Harness (sig-0000000b)."
    )
    assert caught.value.next_step == (
        "if load-balancers names the right rule, add web-green to its forward again (weight 0 is enough), or pass the "
        "output `deployment` of the run that started the deployment."
    )


@pytest.mark.parametrize(("minutes", "suspended"), [(None, []), (30, [NEW_ID])])
def test_only_where_scaling_is_suspended_it_is_looked_for(minutes: int | None, suspended: list[GroupId]) -> None:
    stage = scene(group("web__7", OLD_ID), marked("web__8"))
    stage.groups.suspended[NEW_ID] = (Suspension("AUTO_SCALE"),)
    assert made(stage, options=Options(suspend_minutes=minutes)).suspended == suspended


def test_the_lock_is_taken_anew_with_our_nonce() -> None:
    stage = scene(group("web__7", OLD_ID), marked("web__8"))
    record = deployment(nonce="old0old0")
    take_lock_over(record, found(stage), stage.groups.all(), "fedc9876")
    assert record.nonce == "fedc9876"
    assert record.lock == Lock(known=frozenset({OLD_ID, NEW_ID}), replaces="0123abcd")
    take_lock_over(record, None, (), "fedc9876")
    assert record.lock == Lock()


def other(old: str = f"{OLD_ID}:1/2/3", state: str = "done", ident: str = "sig-0000000c") -> Group:
    return replace(marked("web__9", old=old, state=state), id=GroupId(ident))


@pytest.mark.parametrize(
    ("rival", "gate", "state", "by"),
    [
        (other(), UNKNOWN_RUN, "live", "sig-0000000c"),
        (other(), "", "live", "sig-0000000c"),
        (other(), "0123abcd", "live", None),  # we passed the gate: the other cannot have
        (other(), "", "done", None),
        (other(state="live"), "", "live", None),
        (other(state="back"), "", "live", None),
        (other(old="sig-0000000d:1/2/3"), "", "live", None),
        (other(old=""), "", "live", None),
    ],
)
def test_a_deployment_that_came_to_its_end_on_the_same_old_group_has_overtaken_this_one(
    rival: Group, gate: str, state: str, by: str | None
) -> None:
    stage = scene(group("web__7", OLD_ID), marked("web__8", state=state), rival)
    record = deployment(group("web__7", OLD_ID), gate_passed_by=gate)
    overtaker = find_replacement(record, found(stage), stage.groups.all())
    assert (overtaker.id if overtaker else None) == by


def test_a_first_deployment_is_overtaken_by_another_first_one() -> None:
    stage = scene(marked("web__8", old=""), other(old=""))
    overtaker = find_replacement(deployment(gate_passed_by=""), found(stage), stage.groups.all())
    assert overtaker is not None
    assert overtaker.id == "sig-0000000c"


def test_neither_the_old_group_nor_our_own_overtakes() -> None:
    old = replace(other(old=f"{OLD_ID}:1/2/3"), id=OLD_ID)
    stage = scene(old, marked("web__8"))
    record = deployment(old, gate_passed_by="")
    assert find_replacement(record, found(stage), stage.groups.all()) is None


def test_what_the_steps_need_to_know_of_a_deployment_under_way() -> None:
    old = group("web", OLD_ID, minutes=99)
    before = group("web__STAGE__Harness", "sig-8", minutes=9)
    after = group("web__STAGE__Harness", "sig-9", minutes=1)
    foreign = group(
        "web__STAGE__Harness", "sig-7", minutes=9, description="[spotaction n=1 a=00000000 s=done r=1.1 d=1]"
    )
    new = replace(marked("web__STAGE__Harness"), created_at=group(minutes=5).created_at)
    stage = scene(old, new, before, after, foreign)
    stage.routes.sticky = frozenset({BLUE})
    pair = replace(shift_pair(), prod=route((BLUE, 100), (GREEN, 0), sticky=600))
    record = deployment(old, new, (pair,))
    assert resumed_state(record, found(stage), stage.groups.all(), stage.world()) == CurrentState(
        snapshot=record.snapshot,
        old=old,
        capacity=RANGE,
        group_name="web__STAGE__Harness",
        stale=(GroupRef.of(before),),
        sticky=600,
        may_unstick=False,
    )


def test_an_old_group_that_is_not_listed_is_none_of_what_the_steps_know() -> None:
    stage = scene(marked("web__8"))
    record = deployment(group("web__7", OLD_ID))
    assert resumed_state(record, found(stage), stage.groups.all(), stage.world()).old is None
    record = deployment()
    assert resumed_state(record, found(stage), stage.groups.all(), stage.world()).stale == ()


@pytest.mark.parametrize("listed", ["web", "web__STAGE__Harness"])
def test_a_group_under_the_stage_name_is_stale_and_the_old_one_is_known_by_either_name(listed: str) -> None:
    old = group(listed, OLD_ID, target_groups=(BLUE,))
    stage = scene(old, marked("web__8"), group("web__STAGE__Harness", "sig-8", minutes=9))
    record = made(stage)
    assert record.snapshot.old is not None
    assert record.snapshot.old.name == "web"
    state = resumed_state(record, found(stage), stage.groups.all(), stage.world())
    assert [ref.id for ref in state.stale] == ["sig-8"]


def test_an_old_group_under_the_stage_name_is_not_stale_nor_is_one_created_at_the_same_moment() -> None:
    old = group("web__STAGE__Harness", OLD_ID, minutes=9)
    twin = group("web__STAGE__Harness", "sig-8", minutes=0)
    stage = scene(old, twin, marked("web"))
    record = deployment(old, group("web", NEW_ID))
    assert resumed_state(record, found(stage), stage.groups.all(), stage.world()).stale == ()


def test_a_suspension_of_the_old_group_that_ends_with_the_new_ones_is_ours() -> None:
    stage = scene(group("web__7", OLD_ID), marked("web__8"))
    until = START + timedelta(minutes=30)
    for ident in (OLD_ID, NEW_ID):
        stage.groups.suspended[ident] = (Suspension("AUTO_SCALE", until),)
    assert made(stage, options=Options(suspend_minutes=30)).suspended == [NEW_ID, OLD_ID]


def test_each_rule_is_looked_up_by_load_balancer_port_and_rule() -> None:
    stage = staged()
    asked: list[tuple[str, int, RuleArn | None]] = []
    inner = stage.routes.find

    def find(load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        asked.append((load_balancer, port, rule))
        return inner(load_balancer, port, rule)

    stage.routes.find = find  # type: ignore[method-assign]
    made(stage, LoadBalancer("web-alb", 443, prod_rule=PROD.rule, stage_port=8443, stage_rule=STAGE.rule))
    assert asked == [("web-alb", 443, PROD.rule), ("web-alb", 8443, STAGE.rule)]


def test_a_blue_that_cannot_be_told_asks_for_the_record() -> None:
    stage = staged(route((GREEN, 1)), STAGE)
    stage.groups.known[OLD_ID] = group("web", OLD_ID)
    with pytest.raises(RefusedError) as caught:
        made(stage, SWAP)
    assert caught.value.message == "The target group that served on web-alb:443 rule c1 before is unknown."
    assert (caught.value.next_step or "").startswith("add it to the rule's forward again (weight 0 is enough), or pass")
    first = scene(marked("web__STAGE__Harness", old="", target_groups=(GREEN,)))
    first.routes = stage.routes
    with pytest.raises(RefusedError, match="web-alb:443 rule c1"):
        made(first, SWAP)
