import pytest

from spotaction.drafts.spot_defaults import is_filled_in
from spotaction.model.resources import JsonValue


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("group.strategy.fallbackToOd", True, True),
        ("group.strategy.fallbackToOd", False, False),
        ("group.strategy.fallbackToOd", 1, False),
        ("group.strategy.risk", 100, True),
        ("group.strategy.risk", True, False),
        ("group.strategy.revertToSpot", {"performAt": "always"}, True),
        ("group.strategy.revertToSpot", {"performAt": "always", "timeWindows": ["x"]}, False),
        ("group.strategy.revertToSpot", {}, False),
        ("group.scaling.up[busy].isEnabled", True, True),
        ("group.scaling.up[a.b].isEnabled", True, True),
        ("group.compute.launchSpecification.tags[spotinst:aws:ec2:group:id]", {"tagValue": "sig-1"}, True),
        ("group.compute.launchSpecification.tags[spotinst]", {"tagValue": "sig-1"}, False),
        ("group.compute.launchSpecification.keyPair", None, False),
    ],
)
def test_only_what_spot_documents_is_filled_in(path: str, value: JsonValue, *, expected: bool) -> None:
    assert is_filled_in(path, value) is expected
