"""Which older versions are scaled to 0 or deleted at the end, and which are left alone, with the reason."""

from dataclasses import replace

import pytest

from spotaction.engine.context import Options
from spotaction.engine.older_versions import clean_up, to_be_emptied
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.setup import Setup
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment
from spotaction.model.errors import CancelledError, CredentialError, FailedError, SafetyError
from spotaction.model.events import ManualActionNeeded, WarningEvent
from spotaction.model.resources import ZERO, Capacity, Group, GroupId
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    THIRD,
    FakeGroups,
    Scene,
    deployment,
    group,
    no_answer,
    scene,
)

NEW, OLD = group("web__8", NEW_ID, target_groups=(GREEN,)), group("web__7", OLD_ID, ZERO)
STEPS: tuple[Step, ...] = (
    Setup("web__8", {}),
    Deploy("deploy-50", Amount(percent=50)),
    Deploy("deploy-100", Amount(percent=100)),
)
URL = "https://github.com/example/web/actions/runs/9"


def version(number: int, capacity: object = ZERO, **more: object) -> Group:
    return group(f"web__{number}", f"sig-{number}", capacity, **more)  # type: ignore[arg-type]


def act(*known: Group, keep: int = 0, done: tuple[str, ...] = ("setup", "deploy-50", "deploy-100")) -> Scene:
    """What remains to be done at the end of a deployment of web__8 beside these groups."""
    stage = scene(NEW, OLD, *known)
    clean_up(STEPS, record(done), stage.world(options=Options(keep_old=keep)))
    return stage


def record(done: tuple[str, ...] = ("setup", "deploy-50", "deploy-100")) -> Deployment:
    return deployment(OLD, NEW, completed_steps=list(done))


def test_what_is_going_to_be_emptied_runs_beside_the_old_group_and_is_ours() -> None:
    running = replace(OLD, capacity=Capacity(2, 3, 6))
    beside = [version(6, Capacity(1, 1, 6)), version(5, Capacity(0, 1, 1), target_groups=(GREEN,))]
    others = [version(4), version(3, Capacity(1, 1, 1), target_groups=(THIRD,)), group("shop__9", "sig-9")]
    found = to_be_emptied(STEPS, deployment(running, None), [running, *beside, *others], {GREEN})
    assert found == tuple(beside)


@pytest.mark.parametrize(
    ("steps", "old", "capacity"),
    [(STEPS[:2], OLD, Capacity(2, 3, 6)), (STEPS, None, Capacity(2, 3, 6)), (STEPS, OLD, None)],
)
def test_a_deployment_that_ends_half_way_or_replaces_nothing_is_going_to_empty_nothing(
    steps: tuple[Step, ...], old: Group | None, capacity: Capacity | None
) -> None:
    record = replace(deployment(old, None), capacity=capacity)
    assert to_be_emptied(steps, record, [version(6, Capacity(1, 1, 6))], ()) == ()


@pytest.mark.parametrize(
    ("keep", "deleted"),
    [(0, [OLD_ID, "sig-5", "sig-4"]), (1, ["sig-5", "sig-4"]), (2, ["sig-4"]), (3, []), (9, [])],
)
def test_the_newest_of_the_versions_that_are_at_0_are_kept(keep: int, deleted: list[str]) -> None:
    stage = act(version(4), version(5), keep=keep)
    assert stage.groups.calls == [("delete", ident) for ident in deleted]


def test_a_version_that_still_runs_is_scaled_to_0_first_and_not_counted_among_those_to_keep() -> None:
    stage = act(version(4), version(5, replace(ZERO, target=1)), version(6, NEW.capacity), keep=1)
    assert stage.groups.calls == [("scale", "sig-6", "0/0/0"), ("scale", "sig-5", "0/0/0"), ("delete", "sig-4")]


def test_what_this_process_scaled_down_counts_although_the_list_does_not_show_it_yet() -> None:
    stage = scene(NEW, replace(OLD, capacity=NEW.capacity), version(6))
    context = stage.world(options=Options(keep_old=0))
    context.written.capacities = {OLD_ID: ZERO, GroupId("sig-6"): NEW.capacity}
    clean_up(STEPS, record(), context)
    assert stage.groups.calls == [("scale", "sig-6", "0/0/0"), ("delete", OLD_ID)]


@pytest.mark.parametrize("done", [(), ("setup", "deploy-50"), ("deploy-50",)])
def test_before_the_last_phase_nothing_is_cleaned_up(done: tuple[str, ...]) -> None:
    assert act(version(5), done=done).groups.calls == []


def test_a_last_phase_whose_failure_was_ignored_or_a_deployment_without_capacity_cleans_nothing_up() -> None:
    stage, ignored, bare = scene(NEW, OLD), record(), record()
    ignored.ignored_failures = {"deploy-100"}
    clean_up(STEPS, ignored, stage.world(options=Options(keep_old=0)))
    bare.capacity = None
    clean_up(STEPS, bare, stage.world(options=Options(keep_old=0)))
    clean_up(STEPS[:1], record(("setup",)), stage.world(options=Options(keep_old=0)))
    assert stage.groups.calls == []


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (
            version(6, description="[spotaction n=ffffffff a=00000000 s=done r=9.1 d=1 g=example/shop]"),
            "according to its marker, another app (of example/shop) deployed it",
        ),
        (
            version(6, description="[spotaction n=ffffffff s=live r=9.1 d=1 g=example/web]"),
            f"according to its marker, {URL} has not finished with it",
        ),
        (
            version(6, target_groups=(BLUE, THIRD)),
            "it has no marker and serves other target groups (web-blue, web-third), so it may be another app",
        ),
    ],
)
def test_a_group_that_may_be_somebody_elses_is_left_with_the_reason(other: Group, why: str) -> None:
    stage = act(other)
    assert stage.groups.calls == [("delete", OLD_ID)]
    assert stage.events == [WarningEvent(f"web__6 (sig-6) is left unchanged: {why}.")]


@pytest.mark.parametrize(
    "other",
    [
        version(6, target_groups=(GREEN, BLUE)),
        version(6),
        version(6, target_groups=(BLUE,), description="[spotaction s=done r=9.1 d=1 g=example/web]"),
    ],
)
def test_a_version_of_this_app_is_known_by_its_marker_or_its_target_groups(other: Group) -> None:
    stage = act(other)
    assert (stage.groups.calls, stage.events) == ([("delete", OLD_ID), ("delete", "sig-6")], [])


def test_the_old_group_itself_is_known_whatever_it_serves_and_other_names_do_not_matter() -> None:
    stage = scene(
        NEW, replace(OLD, target_groups=(BLUE,)), group("web", "sig-w", ZERO), group("shop__1", "sig-s", ZERO)
    )
    clean_up(STEPS, record(), stage.world(options=Options(keep_old=0)))
    assert (stage.groups.calls, stage.events) == ([("delete", OLD_ID)], [])
    first = scene(NEW, version(6, target_groups=(BLUE,)))
    clean_up(STEPS, deployment(None, NEW, completed_steps=["deploy-100"]), first.world(options=Options(keep_old=0)))
    assert (first.groups.calls, len(first.events)) == ([], 1)


def test_a_new_group_that_the_list_does_not_show_yet_is_read_itself() -> None:
    class Late(FakeGroups):
        def all(self) -> tuple[Group, ...]:
            return tuple(each for each in super().all() if each.id != NEW_ID)

    stage = scene(NEW, OLD, version(6, target_groups=(GREEN,)))
    stage.groups.__class__ = Late
    clean_up(STEPS, record(), stage.world(options=Options(keep_old=0)))
    assert stage.groups.calls == [("delete", OLD_ID), ("delete", "sig-6")]
    del stage.groups.known[NEW_ID]
    with pytest.raises(FailedError) as caught:
        clean_up(STEPS, record(), stage.world())
    assert caught.value.message == f"The new Elastigroup {NEW_ID} no longer exists."


@pytest.mark.parametrize("error", [no_answer("Throttled"), CredentialError("Throttled")])
def test_versions_that_cannot_be_listed_are_left_to_a_person(error: Exception) -> None:
    class Silent(FakeGroups):
        def all(self) -> tuple[Group, ...]:
            raise error

    stage = scene(NEW, OLD)
    stage.groups.__class__ = Silent
    clean_up(STEPS, record(), stage.world())
    assert stage.events == [ManualActionNeeded("Older versions were not cleaned up", "Throttled")]


@pytest.mark.parametrize(
    "error", [no_answer("no"), CredentialError("no"), FailedError("no"), SafetyError("no", next_step="look")]
)
def test_a_version_that_cannot_be_written_does_not_fail_a_release_that_is_good(error: Exception) -> None:
    stage = scene(NEW, OLD, version(6, NEW.capacity), version(5))
    stage.groups.errors = {"scale": error, "delete": error}
    clean_up(STEPS, record(), stage.world(options=Options(keep_old=1)))
    assert stage.events == [
        ManualActionNeeded("web__6 (sig-6) was not scaled to 0", str(error)),
        ManualActionNeeded("web__5 (sig-5) was not deleted", str(error)),
    ]


def test_a_cancel_ends_the_clean_up() -> None:
    stage = scene(NEW, OLD, version(5))
    stage.groups.errors = {"delete": CancelledError("SIGTERM")}
    with pytest.raises(CancelledError):
        clean_up(STEPS, record(), stage.world(options=Options(keep_old=0)))


def test_a_new_group_that_the_list_shows_is_not_read_once_more() -> None:
    class Silent(FakeGroups):
        def get(self, group: GroupId) -> None:
            raise no_answer(f"Throttled on {group}")

    stage = scene(NEW, OLD)
    stage.groups.__class__ = Silent
    clean_up(STEPS, record(), stage.world(options=Options(keep_old=0)))
    assert (stage.groups.calls, stage.events) == ([("delete", OLD_ID)], [])


@pytest.mark.parametrize(("count", "deleted"), [(2, []), (3, [("delete", OLD_ID)])])
def test_a_last_phase_in_numbers_is_known_by_the_setups_capacity(count: int, deleted: list[object]) -> None:
    stage = scene(NEW, OLD)
    clean_up([Deploy("deploy-100", Amount(count=count))], record(), stage.world(options=Options(keep_old=0)))
    assert stage.groups.calls == deleted
