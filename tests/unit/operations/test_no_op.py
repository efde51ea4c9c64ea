from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.model import marker
from spotaction.model.choices import Strategy
from spotaction.model.deployment import Run, Status
from spotaction.model.execution import Execution, SetupSpec
from spotaction.model.marker import State
from spotaction.model.resources import Capacity, Group, Image, ImageId, JsonObject, LoadBalancer, Route
from spotaction.operations.no_op import deployment_fingerprint, find_identical_deployment
from spotaction.operations.request import DeployRequest
from tests.support.fakes import APP, BLUE, GREEN, NEW_IMAGE, RANGE, THIRD, FakeRoutes, deployment, group, route, scene

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


def finished(image: ImageId = NEW_IMAGE, capacity: Capacity = RANGE) -> Group:
    """The serving group of a finished deployment of `CONFIG`."""
    done = replace(deployment(), fingerprint=deployment_fingerprint(CONFIG, None))
    description = marker.write_marker(done, State.COMPLETED, "")
    return group(APP, image=image, capacity=capacity, description=description, target_groups=(GREEN,))


def status(serving: Group, *routes: Route) -> Status | None:
    """What a run of the same inputs makes of the group, with these production rules."""
    balancers = tuple(LoadBalancer("web-alb", each.port, prod_rule=each.rule, stage_port=8443) for each in routes)
    request = DeployRequest(
        APP,
        Run("99", "1", "example/web"),
        Execution(Strategy.BLUE_GREEN, SetupSpec(None, balancers), ()),
        configure=lambda _image: CONFIG,
        image=Image(NEW_IMAGE, "web-2"),
    )
    stage = scene(serving)
    stage.routes = FakeRoutes({each.rule: each.forward for each in routes})
    found = find_identical_deployment(request, stage.groups.all(), stage.world())
    return found.status if found is not None else None


def test_what_serves_whole_with_the_same_inputs_is_unchanged() -> None:
    assert status(finished()) is Status.UNCHANGED
    assert status(finished(), route((GREEN, 1)), route((GREEN, 1), port=444)) is Status.UNCHANGED


def test_a_group_whose_image_somebody_changed_is_deployed_anew() -> None:
    assert status(finished(image=ImageId("ami-0by-hand"))) is None


def test_a_part_of_what_was_asked_for_is_deployed_anew() -> None:
    assert status(finished(capacity=Capacity(1, 1, 1))) is None


@pytest.mark.parametrize("other", [((BLUE, 1),), ((GREEN, 90), (THIRD, 10)), ((GREEN, 0),)])
def test_every_rule_has_to_lead_to_the_group_and_nowhere_else(other: tuple[tuple[object, int], ...]) -> None:
    assert status(finished(), route((GREEN, 1)), route(*other, port=444)) is None  # type: ignore[arg-type]
