import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.model.resources import Capacity, JsonObject
from spotaction.operations.no_op import deployment_fingerprint

CONFIG: JsonObject = {
    "name": "web",
    "description": "The web shop",
    "capacity": {"minimum": 1, "target": 1, "maximum": 1},
    "strategy": {"risk": 100},
    "compute": {"launchSpecification": {"imageId": "ami-1", "userData": "IyEvYmluL3No"}},
}
INSTANCES = Capacity(2, 3, 6)


def test_a_fingerprint_is_twelve_digits_and_the_same_in_every_process() -> None:
    assert deployment_fingerprint(CONFIG, INSTANCES) == "56aa2786469f"
    assert deployment_fingerprint(CONFIG, None) == "31b171392bd8"


@pytest.mark.parametrize(
    "own",
    [
        {"id": "sig-1"},
        {"name": "web__8"},
        {"description": "another text"},
        {"capacity": {"minimum": 0, "target": 0, "maximum": 0}},
        {"createdAt": "2026-11-24"},
        {"updatedAt": "2026-11-24"},
    ],
)
def test_what_a_deployment_sets_itself_does_not_count(own: JsonObject) -> None:
    assert deployment_fingerprint({**CONFIG, **own}, INSTANCES) == deployment_fingerprint(CONFIG, INSTANCES)


@pytest.mark.parametrize(
    "change",
    [
        {"strategy": {"risk": 99}},
        {"compute": {"launchSpecification": {"imageId": "ami-2", "userData": "IyEvYmluL3No"}}},
        {"compute": {"launchSpecification": {"imageId": "ami-1", "userData": "IyEvYmluL2Jh"}}},
        {"scaling": {}},
    ],
)
def test_image_user_data_and_everything_else_count(change: JsonObject) -> None:
    assert deployment_fingerprint({**CONFIG, **change}, INSTANCES) != deployment_fingerprint(CONFIG, INSTANCES)


def test_the_capacity_that_was_asked_for_counts() -> None:
    prints = {deployment_fingerprint(CONFIG, capacity) for capacity in (None, INSTANCES, Capacity(2, 3, 7))}
    assert len(prints) == 3


def test_names_count_further_down() -> None:
    one, other = ({**CONFIG, "compute": {"name": name}} for name in ("a", "b"))
    assert deployment_fingerprint(one, None) != deployment_fingerprint(other, None)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()), st.randoms())
def test_the_order_of_keys_does_not_count(config: dict[str, int | str | bool | None], random: object) -> None:
    keys = list(config)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert deployment_fingerprint({key: config[key] for key in keys}, None) == deployment_fingerprint(config, None)
