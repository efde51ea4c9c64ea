import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.model import naming
from spotaction.model.resources import ZERO, AppName
from tests.support.fakes import APP, group


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("web__1", 1),
        ("web__10", 10),
        ("web__007", 7),
        ("web__0", 0),
        ("web", None),
        ("web__", None),
        ("web__1a", None),
        ("web__-1", None),
        ("web__ 1", None),
        ("web__1__2", None),
        ("web_1", None),
        ("webshop__1", None),
        ("my-web__1", None),
        ("WEB__1", None),
        ("web__STAGE__Harness", None),
        ("web__²", None),
        ("web__१", None),
    ],
)
def test_a_version_is_all_digits_behind_the_prefix(name: str, version: int | None) -> None:
    assert naming.version_number(APP, name) == version


@pytest.mark.parametrize("letter", list("-+*/\\ &$\"'.|"))
def test_the_letters_that_harness_replaces_are_replaced_in_versioned_names(letter: str) -> None:
    app = AppName(f"my{letter}web")
    assert naming.next_name(app, [group("my__web__4"), group(f"my{letter}web__9")]) == "my__web__5"


def test_a_stage_name_keeps_every_letter() -> None:
    assert naming.stage_name(AppName("my-web.prod")) == "my-web.prod__STAGE__Harness"


def test_versions_sort_by_number_and_not_by_text() -> None:
    names = ["web__9", "web__10", "web__1", "web", "other__11", "web__x"]
    assert [found.name for found in naming.versioned_groups(APP, map(group, names))] == ["web__10", "web__9", "web__1"]


def test_of_two_groups_of_one_version_the_younger_comes_first() -> None:
    older, younger = group("web__3", "sig-2", minutes=9), group("web__3", "sig-1", minutes=1)
    assert naming.versioned_groups(APP, [older, younger]) == (younger, older)
    assert naming.groups_named([older, younger], "web__3") == (younger, older)


@pytest.mark.parametrize(
    ("names", "following"),
    [([], "web__1"), (["web"], "web__1"), (["web__1"], "web__2"), (["web__9", "web__10"], "web__11")],
)
def test_the_next_name_is_one_above_the_highest(names: list[str], following: str) -> None:
    assert naming.next_name(APP, map(group, names)) == following


def test_a_group_that_is_down_keeps_its_number() -> None:
    assert naming.next_name(APP, [group("web__8", capacity=ZERO), group("web__7")]) == "web__9"


@pytest.mark.parametrize("name", ["web", "web__STAGE__Harness", "web__1"])
def test_names_that_deployments_of_the_app_use_belong_to_it(name: str) -> None:
    assert naming.is_app_group_name(APP, name)


@pytest.mark.parametrize("name", ["webs", "web__", "web__STAGE__harness", "web-next", "my-web__1"])
def test_other_names_do_not_belong_to_the_app(name: str) -> None:
    assert not naming.is_app_group_name(APP, name)


@given(st.text(min_size=1), st.lists(st.integers(0, 10**6), max_size=5))
def test_the_next_name_is_a_version_that_is_not_taken(app: str, taken: list[int]) -> None:
    name = AppName(app)
    groups = [group(f"{naming.version_prefix(name)}__{number}") for number in taken]
    assert naming.version_number(name, naming.next_name(name, groups)) == max(taken, default=0) + 1
