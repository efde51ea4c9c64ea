"""After a create without a response: which group it was, and from when it is certain that there is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from spotaction.engine.steps.unanswered import await_created, find_created
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError
from spotaction.model.events import WaitFinished, WaitProgress
from spotaction.model.resources import Group
from tests.support.fakes import NEW_ID, NEW_IMAGE, NONCE, OLD_ID, START, FakeGroups, deployment, group, no_answer, scene

OURS = "[spotaction n=0123abcd s=live r=4711.1 d=1]"
MADE = group("web__8", NEW_ID, description=OURS, image=NEW_IMAGE)
BARE = replace(MADE, description="The web shop")


def asked(at: float = START.timestamp(), nonce: str = NONCE) -> Deployment:
    """A deployment whose create, of web__8 at `at` (epoch seconds), was not answered."""
    record = deployment(None, None, unconfirmed_name="web__8", nonce=nonce)
    record.lock.asked_at, record.lock.known = at, frozenset({OLD_ID})
    return record


@pytest.mark.parametrize("text", [OURS, OURS[:25], f"{OURS} The web shop"])
def test_the_nonce_tells_whatever_else_the_group_is(text: str) -> None:
    found = replace(MADE, description=text, name="renamed", image_id=None)
    assert find_created(asked(), [group("web__8", "sig-x", image=None), found]) == found
    assert find_created(asked(at=0.0), [found]) == found


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, description=OURS.replace("0123abcd", "ffffffff")),
        replace(BARE, name="web__9"),
        replace(BARE, image_id=None),
        replace(BARE, id=OLD_ID),
        replace(BARE, created_at=START - timedelta(seconds=1.1)),
    ],
)
def test_another_runs_group_or_an_older_one_does_not_count(other: Group) -> None:
    assert find_created(asked(), [other]) is None


def test_a_group_that_its_own_marker_calls_the_old_one_was_not_asked_for() -> None:
    """Somebody copied the description of the new group to the old one."""
    copied = OURS.replace(" d=1]", f" d=1 o={OLD_ID}:2/3/6]")
    assert find_created(asked(), [replace(MADE, id=OLD_ID, description=copied)]) is None
    assert find_created(asked(), [replace(MADE, description=copied)]) is not None


def test_without_a_nonce_name_image_and_time_tell() -> None:
    for seconds in (-1.0, 0.0, 60.0):
        found = replace(BARE, created_at=START + timedelta(seconds=seconds))
        assert find_created(asked(), [found]) == found
    assert find_created(asked(at=0.0), [BARE]) is None
    assert find_created(asked(nonce=""), [replace(MADE, description="[spotaction s=live r=1.1 d=1]")]) is not None
    assert find_created(asked(at=0.0, nonce=""), [BARE]) is None


def test_a_group_that_the_list_shows_late_is_found() -> None:
    stage, record = scene(), asked()
    record.lock.marked_at = 1000.0
    stage.clock.at(35.0, lambda: stage.groups.known.update({NEW_ID: MADE}))
    assert await_created(record, stage.world()) == MADE
    waiting = "not known yet whether Spot created it; Spot may list it up to 90 s late"
    assert stage.events == [
        WaitProgress("web__8", waiting, 0, 0, 0.0, 120.0),
        WaitFinished("web__8", f"{NEW_ID} was created", 40.0, 5),
    ]


@pytest.mark.parametrize(("marked_at", "seconds"), [(None, 90.0), (1000.0, 90.0), (960.0, 50.0), (900.0, 0.0)])
def test_a_group_that_the_list_never_shows_was_not_created(marked_at: float | None, seconds: float) -> None:
    stage, record = scene(), asked()
    record.lock.marked_at = marked_at
    assert await_created(record, stage.world()) is None
    assert stage.clock.passed == seconds
    ended = stage.events[-1]
    assert isinstance(ended, WaitFinished)
    assert ended.reason == "not created"


def test_where_the_list_cannot_be_read_a_person_looks() -> None:
    class Silent(FakeGroups):
        def all(self) -> tuple[Group, ...]:
            raise no_answer("Throttled")

    for name, what in (("web__8", "web__8"), ("", "the new group of web")):
        stage, record = scene(), asked()
        record.unconfirmed_name = name
        stage.groups = Silent()
        with pytest.raises(FailedError) as caught:
            await_created(record, stage.world())
        assert str(caught.value) == (
            f"Could not determine whether {what} was created: Timed out after 2m 00s. {what}: could not be read: "
            f"Throttled. Next: look for {what} in the Spot console; operation: rollback deletes it."
        )
