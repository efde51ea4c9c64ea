from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef, Run, Snapshot, Status
from spotaction.model.marker import Marker, State
from spotaction.model.resources import AppName, Capacity, GroupId, Image, ImageId
from tests.support.fakes import BLUE, GREEN, NONCE, OLD_ID, RUN, deployment, group, route, shift_pair

IMAGE = Image(ImageId("ami-1"), "")
WHOLE = (
    "[spotaction n=0123abcd a=4b5e57f6 s=live r=4711.1 d=1795528800 o=sig-0000000a:2/3/6 c=2/3/6 f=0123456789ab "
    "g=example/web]"
)
EARLIER = "[spotaction r=4711.1 s=live d=1795528800 f=0123456789ab c=2/3/6 o=sig-0000000a:2/3/6 g=example/web]"
READ = Marker(
    run=RUN,
    state=State.RUNNING,
    deadline=1795528800,
    fingerprint="0123456789ab",
    old=GroupRef(OLD_ID, "", Capacity(2, 3, 6)),
    capacity=Capacity(2, 3, 6),
    nonce=NONCE,
    app=marker.digest("web"),
)


def ours() -> Deployment:
    return deployment(group(), fingerprint="0123456789ab", deadline=1795528800)


def test_the_mark_is_compact_and_readable() -> None:
    assert marker.write_marker(ours(), State.RUNNING) == WHOLE
    assert marker.read_marker(WHOLE) == READ


def test_a_mark_of_an_earlier_version_is_read_wherever_it_stands() -> None:
    assert marker.read_marker(f"The web shop {EARLIER}") == replace(READ, nonce="", app="")
    assert marker.write_marker(ours(), State.RUNNING, f"The web shop {EARLIER}") == f"{WHOLE} The web shop"


def test_the_mark_stands_before_the_users_own_text_so_that_a_cut_takes_that_first() -> None:
    assert marker.write_marker(ours(), State.RUNNING, "The web shop") == f"{WHOLE} The web shop"
    assert marker.strip_marker(f"{WHOLE} The web shop") == "The web shop"
    assert marker.read_marker(f"{WHOLE} The w") == READ


def test_what_the_lock_needs_stands_within_the_first_105_characters() -> None:
    longest = ours()
    longest.run = Run("12345678901", "12", "example/web", job="aaaa1111")
    text = marker.write_marker(longest, State.RUNNING, "The web shop")
    found = marker.read_fields(text[:105])
    assert list(found) == ["n", "a", "s", "r", "d", "o"]
    assert (found["n"], found["a"], found["r"]) == (NONCE, marker.digest("web"), "12345678901.12.aaaa1111")
    assert len(text.removesuffix(" The web shop")) == 138


def test_a_new_mark_replaces_the_one_before() -> None:
    once = marker.write_marker(ours(), State.RUNNING, "The web shop")
    assert marker.write_marker(ours(), State.COMPLETED, once) == f"{WHOLE.replace('s=live', 's=done')} The web shop"


def test_a_mark_that_came_back_cut_is_replaced_too() -> None:
    assert marker.write_marker(ours(), State.RUNNING, f"The web shop {WHOLE[:40]}") == f"{WHOLE} The web shop"


def test_only_the_state_is_restated() -> None:
    rolled_back_to = f"The web shop {WHOLE.replace('s=live', 's=back')}"
    assert marker.with_state(f"The web shop {WHOLE}", State.ROLLED_BACK_TO) == rolled_back_to
    assert marker.with_state("s=1 The web shop", State.ROLLED_BACK_TO) == "s=1 The web shop"


def test_a_first_deployment_has_no_old_group_and_a_local_run_no_number() -> None:
    first = Deployment(AppName("web"), "basic", Run(), IMAGE, deadline=9)
    text = marker.write_marker(first, State.STOPPED)
    assert text == f"[spotaction a={marker.digest('web')} s=stop r=-.- d=9]"
    assert marker.read_marker(text) == Marker(Run(), State.STOPPED, 9, app=marker.digest("web"))


def test_the_jobs_of_one_run_are_told_from_each_other_until_the_next_attempt() -> None:
    one, other, later = (Run("4711", "1", "example/web", job=job) for job in ("aaaa1111", "aaaa2222", "bbbb2222"))
    mark = Marker(one, State.RUNNING, 9, app=marker.digest("web"))
    deployment = Deployment(AppName("web"), "basic", one, IMAGE, deadline=9)
    assert marker.read_marker(marker.write_marker(deployment, State.RUNNING)) == mark
    assert [mark.is_of(run) for run in (one, other, later)] == [True, False, True]
    assert [mark.is_of_job(run) for run in (one, other, later)] == [True, False, False]
    assert mark.is_of_run(other)
    assert mark.is_of_job(Run("4711", "2", "example/web", job="aaaa2222"))


def test_a_job_that_is_not_known_may_be_any_other() -> None:
    nameless, named = Run("4711", "1", "example/web"), Run("4711", "1", "example/web", job="aaaa1111")
    for mark in (Marker(nameless, State.RUNNING, 9), Marker(named, State.RUNNING, 9)):
        assert not mark.is_of(nameless)
        assert not mark.is_of_job(nameless)
    assert not Marker(nameless, State.RUNNING, 9).is_of(named)
    assert Marker(nameless, State.RUNNING, 9).is_of_job(Run("4711", "2", "example/web"))  # earlier attempts are over


def test_a_long_repository_gives_way() -> None:
    long = deployment(group(), fingerprint="0123456789ab", deadline=1795528800)
    long.run = Run("12345678901", "2", f"{'o' * 39}/{'r' * 100}")
    text = marker.write_marker(long, State.RUNNING)
    assert len(text) <= marker.LONGEST
    found = marker.read_marker(text)
    assert found is not None
    assert found.run == Run("12345678901", "2", "")
    assert found.is_of_run(long.run)


@pytest.mark.parametrize(
    ("run", "mine"),
    [
        (Run("4711", "1", "example/web"), False),
        (Run("4711", "3", "example/web"), True),
        (Run("4711", "2", "example/web"), True),
        (Run("4711", "1", "example/shop"), False),
        (Run("4712", "1", "example/web"), False),
        (Run("", "", "example/web"), False),
        (Run(), False),
    ],
)
def test_a_mark_is_of_any_attempt_of_its_run(run: Run, mine: bool) -> None:  # noqa: FBT001
    assert READ.is_of(run) is mine


def test_no_run_at_all_is_never_the_same_run() -> None:
    assert not Marker(Run(), State.RUNNING, 9).is_of(Run())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The web shop",
        "[spotaction]",
        "[spotaction ]",
        "spotaction r=1.1 s=live d=9",
        "[spotaction r=1.1 s=live]",
        "[spotaction s=live d=9]",
        "[spotaction r=1.1 d=9]",
        "[spotaction r=1.1 s=lively d=9]",
        "[spotaction r=1.1 s=live d=soon]",
        "[spotaction r=1.1 s=live d=]",
        "[spotaction r1.1 slive d9]",
        "[SPOTACTION r=1.1 s=live d=9]",
        "[other r=1.1 s=live d=9]",
    ],
)
def test_what_is_no_whole_mark_is_no_mark(text: str) -> None:
    assert marker.read_marker(text) is None


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_mark_that_is_cut_anywhere_is_no_mark(length: int) -> None:
    assert marker.read_marker(f"The web shop {WHOLE[:length]}") is None


@pytest.mark.parametrize("length", range(len("[spot"), len(WHOLE)))
def test_a_cut_mark_is_seen_to_be_broken(length: int) -> None:
    assert marker.is_broken(f"The web shop {WHOLE[:length]}")


def test_of_a_cut_mark_the_parts_that_are_whole_are_known() -> None:
    assert marker.read_fields(WHOLE[: WHOLE.index(" s=live") + 4]) == {"n": NONCE, "a": marker.digest("web")}
    assert marker.read_fields("The web shop") == {}


def test_a_whole_mark_or_none_is_not_broken() -> None:
    assert not marker.is_broken(f"The web shop {WHOLE}")
    assert not marker.is_broken("The web shop [spots]")


@pytest.mark.parametrize(
    ("part", "instead", "field"),
    [
        ("o=sig-0000000a:2/3/6", "o=sig-0000000a", "old"),
        ("o=sig-0000000a:2/3/6", "o=:2/3/6", "old"),
        ("c=2/3/6", "c=2/3", "capacity"),
        ("c=2/3/6", "c=-2/3/6", "capacity"),
    ],
)
def test_a_garbled_part_is_left_out(part: str, instead: str, field: str) -> None:
    found = marker.read_marker(WHOLE.replace(part, instead))
    assert found is not None
    assert getattr(found, field) is None


def test_the_record_stands_in_for_a_mark_that_is_gone() -> None:
    assert marker.marker_from_record(ours()) == Marker(
        run=RUN,
        state=State.RUNNING,
        deadline=1795528800,
        fingerprint="0123456789ab",
        old=GroupRef.of(group()),
        capacity=Capacity(2, 3, 6),
        nonce=NONCE,
        app=marker.digest("web"),
    )


def sticky(*seconds: int | None) -> Deployment:
    """A deployment of which each production rule has this group stickiness."""
    pairs = [replace(shift_pair(), prod=route((BLUE, 1), (GREEN, 0), sticky=each)) for each in seconds]
    return deployment(group(), routes=tuple(pairs), deadline=9)


def test_the_stickiness_of_each_rule_is_in_the_mark_and_in_what_stands_in_for_it() -> None:
    text = marker.write_marker(sticky(3600, None, 60), State.RUNNING)
    assert " k=3600,0,60 " in text
    found = marker.read_marker(text)
    assert found is not None
    assert found.sticky == (3600, 0, 60)
    assert marker.marker_from_record(sticky(3600, None, 60)).sticky == (3600, 0, 60)


def test_where_no_rule_is_sticky_the_mark_says_nothing_of_it() -> None:
    assert " k=" not in marker.write_marker(sticky(None, None), State.RUNNING)
    assert marker.marker_from_record(sticky(None, None)).sticky == ()
    assert marker.marker_from_record(sticky()).sticky == ()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.RUNNING, State.RUNNING),
        (Status.CANCELLED, State.RUNNING),
        (Status.DEPLOYED, State.COMPLETED),
        (Status.STOPPED, State.STOPPED),
        (Status.FAILED, State.STOPPED),
        (Status.ROLLBACK_INCOMPLETE, State.STOPPED),
        (Status.ROLLED_BACK, State.STOPPED),
    ],
)
def test_what_stands_in_for_a_mark_is_as_open_as_the_record(status: Status, state: State) -> None:
    record = ours()
    record.status = status
    assert marker.marker_from_record(record).state is state


def test_every_nonce_is_another_one_of_eight_characters() -> None:
    drawn = {marker.new_nonce() for _ in range(50)}
    assert len(drawn) == 50
    assert {len(nonce) for nonce in drawn} == {8}


def test_a_mark_as_long_as_may_be_keeps_the_repository_and_one_longer_does_not() -> None:
    record = ours()
    room = marker.LONGEST - len(marker.write_marker(record, State.RUNNING)) + len(record.run.repository)
    for length, kept in ((room, "r" * room), (room + 1, "")):
        record.run = replace(RUN, repository="r" * length)
        found = marker.read_marker(marker.write_marker(record, State.RUNNING))
        assert found is not None
        assert found.run.repository == kept


def test_a_mark_with_its_fields_in_another_versions_way_is_broken() -> None:
    assert marker.is_broken("[spotaction x=1] The web shop")
    assert marker.is_broken("[spotaction s=live x=1 then more")
    assert not marker.is_broken("The [spotaction] shop")


def test_a_value_may_hold_an_equals_sign_and_spaces_may_be_doubled() -> None:
    assert marker.read_fields("[spotaction a=b\tc=d]") == {"a": "b\tc=d"}
    assert marker.read_fields("[spotaction a=b=c  s=live]") == {"a": "b=c", "s": "live"}
    assert marker.read_fields("[spotaction a=b=c s=li") == {"a": "b=c"}
    assert marker.read_fields("[spotaction a=b s=live ") == {"a": "b", "s": "live"}


def test_a_run_may_have_any_id_and_no_attempt() -> None:
    for text, run in (("r=4711", Run("4711")), ("r=X1X.X2X", Run("X1X", "X2X")), ("r=-1.2-", Run("1", "2"))):
        assert marker.read_marker(f"[spotaction {text} s=live d=9]") == Marker(run, State.RUNNING, 9)


def test_a_mark_without_a_run_is_of_nobody() -> None:
    nobody = Marker(Run("", "1", "example/web"), State.RUNNING, 9)
    assert not nobody.is_of_run(Run("", "1", "example/web"))
    assert not Marker(Run("4711", "1", "example/web"), State.RUNNING, 9).is_of_run(Run("4712", "1", "example/web"))
    assert not Marker(Run("4711", "1", "example/web"), State.RUNNING, 9).is_of_run(Run("4711", "1", "example/shop"))


names = st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True)
numbers = st.integers(0, 10**6)
capacities = st.builds(Capacity, numbers, numbers, numbers)
runs = st.builds(
    Run,
    id=st.from_regex(r"([1-9][0-9]{0,15})?", fullmatch=True),
    attempt=st.from_regex(r"([1-9][0-9]{0,2})?", fullmatch=True),
    repository=st.one_of(st.just(""), st.builds("{}/{}".format, names, names)),
)
refs = st.builds(
    GroupRef, id=st.from_regex(r"sig-[0-9a-f]{8}", fullmatch=True).map(GroupId), name=st.just(""), capacity=capacities
)
deployments = st.builds(
    Deployment,
    app=st.just(AppName("web")),
    strategy=st.just("basic"),
    run=runs,
    image=st.just(Image(ImageId("ami-1"), "")),
    fingerprint=st.from_regex(r"([0-9a-f]{12})?", fullmatch=True),
    deadline=st.integers(0, 10**10),
    capacity=st.none() | capacities,
    snapshot=st.builds(Snapshot, old=st.none() | refs),
    nonce=st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
)


@given(deployments, st.sampled_from(list(State)), st.text())
def test_whatever_is_deployed_the_mark_comes_back_and_the_users_text_stays(
    given_deployment: Deployment, state: State, own: str
) -> None:
    assume("[spot" not in own)
    text = marker.write_marker(given_deployment, state, own)
    found = marker.read_marker(text)
    assert found is not None
    assert len(text) - len(own.strip()) - 1 <= marker.LONGEST
    assert (found.state, found.deadline, found.fingerprint) == (
        state,
        given_deployment.deadline,
        given_deployment.fingerprint,
    )
    assert (found.old, found.capacity) == (given_deployment.snapshot.old, given_deployment.capacity)
    assert (found.run.id, found.run.attempt) == (given_deployment.run.id, given_deployment.run.attempt)
    assert found.run.repository in {given_deployment.run.repository, ""}
    assert marker.strip_marker(text) == own.strip()


@given(st.text(alphabet="[]spotacin =rdlive0123456789./:-", max_size=80))
def test_whatever_stands_in_a_description_reading_it_is_harmless(text: str) -> None:
    for description in (text, f"[spotaction {text}]", WHOLE + text):
        found = marker.read_marker(description)
        assert found is None or isinstance(found.state, State)


def test_a_mark_is_carried_to_what_a_person_wrote_meanwhile() -> None:
    before = marker.write_marker(ours(), State.COMPLETED, "The web shop")
    now = marker.write_marker(replace(ours(), nonce="89abcdef"), State.RUNNING, "The new web shop")
    assert marker.carry(before, now) == marker.write_marker(ours(), State.COMPLETED, "The new web shop")
    assert marker.carry("", now) == "The new web shop"


def test_a_finished_marker_says_how_long_the_deployment_took_and_loses_that_first() -> None:
    text = marker.write_marker(ours(), State.COMPLETED, "The web shop", 412.9)
    assert marker.read_marker(text) == replace(READ, state=State.COMPLETED, took=412)
    assert marker.strip_marker(text) == "The web shop"
    record = ours()
    room = marker.LONGEST - len(marker.write_marker(record, State.COMPLETED)) + len(record.run.repository)
    record.run = replace(record.run, repository="o" * room)
    cut = marker.write_marker(record, State.COMPLETED, took=412)
    assert cut == marker.write_marker(record, State.COMPLETED)
    assert (len(cut), "g=ooo" in cut) == (marker.LONGEST, True)


@pytest.mark.parametrize("text", ["", "-1", "x", "1e9", "9" * 40, "٣"])
def test_a_duration_that_is_none_leaves_the_rest_of_the_marker_readable(text: str) -> None:
    written = marker.write_marker(ours(), State.COMPLETED, took=7)
    assert written.endswith(" t=7]")
    assert marker.read_marker(written.replace(" t=7]", f" t={text}]")) == replace(READ, state=State.COMPLETED)
