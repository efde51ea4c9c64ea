"""A part of `make traffic`: real requests through HAProxy, where it is to be had."""

import re
from pathlib import Path

import pytest

from spotaction.sandbox.traffic import tally
from spotaction.sandbox.traffic.haproxy import HaproxyMissingError, find_haproxy
from spotaction.sandbox.traffic.traffic import CACHE
from tests.support.action import NEW, OLD

from .play import Outcome, play
from .report import BEGIN, DOCS, END, missed_aims, render_table, write_table
from .scene import open_scene
from .stories import Story, all_stories


@pytest.fixture(scope="module")
def haproxy() -> None:
    try:
        find_haproxy(CACHE)
    except HaproxyMissingError as reason:
        pytest.skip(str(reason))


@pytest.mark.slow
@pytest.mark.usefixtures("haproxy")
def test_a_deployment_drops_no_request() -> None:
    outcome = play(Story("basic", "deployed"), speed=40)

    assert (missed_aims(outcome), outcome.dropped, outcome.wrong_after) == ([], 0, 0)
    assert outcome.requests > 1000


@pytest.mark.slow
@pytest.mark.usefixtures("haproxy")
def test_a_weight_is_a_share_of_the_requests_and_an_empty_target_group_answers_none() -> None:
    with open_scene("shift") as scene:
        world = scene.sandbox.world
        rule = world.balancers.route("web-alb:8080/10").rule
        shares = [{"target-group": "web-blue", "weight": 75}, {"target-group": "web-green", "weight": 25}]
        scene.sandbox.add_fault({"at": 0, "action": "change-rule", "rule": rule, "forward": shares})
        scene.wait(50)
    answers = [answer for answer in scene.load.answers if answer.kind != "slow"]
    after = [answer for answer in answers if answer.began > scene.traffic.applied[-1].ended]

    assert set(tally.dropped(after)) == {"status 503"}
    assert 100 * sum(tally.dropped(after).values()) / len(after) == pytest.approx(25, abs=2)
    assert {answer.version for answer in after} == {OLD, ""}


@pytest.mark.usefixtures("haproxy")
def test_an_instance_that_is_terminated_without_draining_drops_what_is_in_flight() -> None:
    with open_scene("basic") as scene:
        scene.sandbox.add_fault({"at": 0, "action": "interrupt", "group": "web_prod__7", "count": 3})
        scene.wait(30)

    assert sum(tally.dropped(scene.load.answers).values()) > 4


def test_the_documentation_has_a_row_of_every_story() -> None:
    text = DOCS.read_text(encoding="utf-8")
    table = text.partition(BEGIN)[2].partition(END)[0]
    rows = re.findall(r"^\| (basic|canary|swap|shift) \| (.+?) \| (spotaction|harness) \|", table, re.MULTILINE)

    assert rows == [(story.strategy, story.what, story.by) for story in all_stories()]


def test_the_table_replaces_the_one_before(tmp_path: Path) -> None:
    docs = tmp_path / "traffic.md"
    docs.write_text(f"before\n{BEGIN}\n\nold\n{END}\nafter\n", encoding="utf-8")
    outcome = Outcome(
        "shift", "deployed", "spotaction", "deployed", requests=12_345, shares=[(0, 0, 1), (10, 10.04, 2000)]
    )
    checked = Outcome(
        "shift", "5 % errors", "spotaction", "rolled-back", checked=True, new_requests=1234, hurt=56, exposed=125.4
    )

    write_table([outcome, checked], docs)

    assert docs.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\n{render_table([outcome, checked])}\n{END}\nafter\n"
    assert "| shift | deployed | spotaction | 12,345 | 0 | 0 | 10.0 (10) |\n" in docs.read_text(encoding="utf-8")
    assert "| 5 % errors | rolled-back | 2m 05s | 1,234 | 56 |\n" in docs.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("outcome", "missed"),
    [
        (Outcome("basic", "x", "spotaction", "deployed", requests=9), []),
        (
            Outcome("basic", "x", "spotaction", "deployed", dropped=1, reasons={"status 502": 1}),
            ["1 requests were drop"],
        ),
        (Outcome("swap", "x", "spotaction", "rolled-back", new_requests=3, most_new=0), ["the new version answered 3"]),
        (Outcome("basic", "x", "spotaction", "deployed", wrong_after=2), ["2 requests were answered by the wrong"]),
        (Outcome("basic", "x", "spotaction", "deployed", shares=[(10, 12.1, 2000)]), ["the share of the new version"]),
        (Outcome("basic", "x", "harness", "deployed", drops=True), ["nothing was dropped"]),
        (Outcome("basic", "x", "harness", "deployed", drops=True, dropped=7), []),
    ],
)
def test_an_aim_that_is_missed_is_named(outcome: Outcome, missed: list[str]) -> None:
    found = missed_aims(outcome)

    assert [text[: len(start)] for text, start in zip(found, missed, strict=True)] == missed


def test_the_version_that_serves_at_the_end_is_the_new_one_only_after_a_deployment() -> None:
    assert {(story.status, story.serves) for story in all_stories()} == {("deployed", NEW), ("rolled-back", OLD)}
