from datetime import UTC, datetime

import pytest

from spotaction.drafts.naming import AppNames, names_of
from spotaction.model import marker
from spotaction.model.errors import RefusedError
from spotaction.model.resources import AppName, Capacity, Group, GroupId


def group(name: str, description: str = "") -> Group:
    return Group(GroupId("sig-1"), name, Capacity(1, 2, 3), datetime(2026, 11, 16, tzinfo=UTC), description)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web_prod", AppNames(AppName("web_prod"), "web", "web", "prod")),
        ("web-prod", AppNames(AppName("web-prod"), "web", "web", "prod")),
        ("web_prod__7", AppNames(AppName("web_prod"), "web", "web", "prod", numbered=True)),
        ("shop.api Staging", AppNames(AppName("shop.api Staging"), "shop.api", "shop_api", "staging")),
        ("web", AppNames(AppName("web"), "web", "web", "prod", guessed=True)),
        ("7zip", AppNames(AppName("7zip"), "7zip", "_7zip", "prod", guessed=True)),
        ("prod", AppNames(AppName("prod"), "prod", "prod", "prod", guessed=True)),
        ("größe-dev", AppNames(AppName("größe-dev"), "größe", "gr_e", "dev")),
        ("<+env.name>", AppNames(AppName("+env.name"), "+env.name", "env_name", "prod", named=False, guessed=True)),
        ("a${{ x }}", AppNames(AppName("a_ x"), "a_ x", "a__x", "prod", named=False, guessed=True)),
        ("\n", AppNames(AppName("app"), "app", "app", "prod", named=False, guessed=True)),
    ],
)
def test_a_groups_name_gives_app_service_and_environment(name: str, expected: AppNames) -> None:
    assert names_of(group(name)) == expected


def test_the_app_of_a_numbered_group_is_the_one_in_its_marker() -> None:
    mark = f"[spotaction n=12345678 a={marker.digest('web-prod')} s=done r=1.1 d=1]"
    assert names_of(group("web__prod__7", mark)).app == "web-prod"
    assert names_of(group("web__prod__7", mark)).named


def test_a_group_of_another_app_is_replaced_by_its_id_only() -> None:
    mark = f"[spotaction n=12345678 a={marker.digest('another')} s=done r=1.1 d=1]"
    assert not names_of(group("web_prod__7", mark)).named


def test_the_replaced_group_of_a_blue_green_deployment_is_refused_with_the_one_to_give() -> None:
    with pytest.raises(RefusedError, match="is the staged or replaced group") as refused:
        names_of(group("web_prod__STAGE__Harness"))
    assert refused.value.next_step == "give the group that serves, which is named web_prod."
