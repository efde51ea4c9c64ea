"""Which instance types can launch an AMI, whether its volumes fit, and how policy rules see it."""

from datetime import UTC, datetime

import pytest

from spotaction.model.errors import RefusedError
from spotaction.model.preflight import ImageFacts, InstanceType, Volume
from spotaction.model.resources import Image, ImageId, JsonObject
from spotaction.operations.preflight.ami_facts import describe_image, image_warnings, require_launchable, unbootable

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NITRO = InstanceType("m5.large", 2, ("legacy-bios", "uefi"), "required", has_tpm=True)
XEN = InstanceType("m4.large", 2, ("legacy-bios",), "supported", has_tpm=False)
TYPES = {each.name: each for each in (NITRO, XEN)}


def image(facts: ImageFacts | None, created_at: str = "", owner: str = "") -> Image:
    return Image(ImageId("ami-2"), "web-2", created_at, owner=owner, facts=facts)


def volumes(**ebs: int | str) -> JsonObject:
    mapping: JsonObject = {"deviceName": "/dev/xvda", "ebs": ebs}
    return {"compute": {"launchSpecification": {"blockDeviceMappings": [mapping]}}}


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (ImageFacts(), {}),
        (ImageFacts(boot_mode="uefi-preferred", ena=True), {}),
        (ImageFacts(boot_mode="uefi"), {"m4.large": "which boots with legacy-bios, the AMI with uefi"}),
        (ImageFacts(ena=False), {"m5.large": "which requires ENA, and the AMI does not support it"}),
        (ImageFacts(tpm="v2.0"), {"m4.large": "which has no NitroTPM, and the AMI requires v2.0"}),
        (ImageFacts(supported_types=("m5.*",)), {"m4.large": "which the AMI does not include"}),
        (ImageFacts(unsupported_types=("m4.large",)), {"m4.large": "which the AMI excludes"}),
    ],
)
def test_a_type_that_cannot_launch_the_image_has_a_reason(facts: ImageFacts, reasons: dict[str, str]) -> None:
    assert unbootable(facts, TYPES) == reasons
    require_launchable(image(facts), {}, TYPES)


def test_types_of_which_nothing_is_known_have_none() -> None:
    facts = ImageFacts(boot_mode="uefi", ena=False, tpm="v2.0")
    assert unbootable(facts, {"x1.new": InstanceType("x1.new", 4)}) == {}
    assert unbootable(facts, {}) == {}
    require_launchable(image(facts), {}, {})


def test_an_image_that_no_type_can_launch_is_refused_with_each_reason() -> None:
    with pytest.raises(RefusedError) as caught:
        require_launchable(image(ImageFacts(ena=False, tpm="v2.0")), {}, TYPES)
    assert caught.value.message == (
        "ami-2 (web-2) can be launched on none of the group's instance types: m5.large, which requires ENA, and the "
        "AMI does not support it; m4.large, which has no NitroTPM, and the AMI requires v2.0."
    )


@pytest.mark.parametrize(
    ("config", "fits"),
    [
        (volumes(volumeSize=8), False),
        (volumes(volumeSize=15), True),
        (volumes(volumeSize=8, snapshotId="snap-1"), True),
        (volumes(volumeType="gp3"), True),
        ({}, True),
    ],
)
def test_a_volume_has_at_least_the_size_of_the_snapshot(config: JsonObject, fits: bool) -> None:  # noqa: FBT001
    whole = image(ImageFacts(volumes=(Volume("/dev/xvda", 15),)))
    if fits:
        require_launchable(whole, config, {})
        return
    with pytest.raises(RefusedError, match="/dev/xvda has 8 GiB, and the AMI's snapshot 15 GiB"):
        require_launchable(whole, config, {})


@pytest.mark.parametrize(
    ("deprecated", "warned"),
    [("", 0), ("2026-12-08T08:00:00.000Z", 1), ("2026-12-09T10:00:00.000Z", 0), ("never", 0)],
)
def test_a_warning_comes_two_weeks_before_a_deprecation(deprecated: str, warned: int) -> None:
    assert len(list(image_warnings(image(ImageFacts(deprecation_time=deprecated)), {}, NOW))) == warned


def test_policies_see_what_is_known_and_no_key_for_the_rest() -> None:
    facts = ImageFacts(
        boot_mode="uefi",
        ena=False,
        imds="v2.0",
        is_public=False,
        watermarks=("123456789012:approved",),
        highest_finding="high",
        scanned="2026-11-23T08:00:00Z",
        fixes_since={"high": "2026-11-01T00:00:00Z"},
    )
    assert describe_image(image(facts, created_at="2026-11-20T10:00:00.000Z", owner="self"), NOW) == {
        "id": "ami-2",
        "name": "web-2",
        "owner": "self",
        "created": "2026-11-20T10:00:00.000Z",
        "ageDays": 3,
        "bootMode": "uefi",
        "enaSupport": False,
        "imdsSupport": "v2.0",
        "public": False,
        "watermarks": ["123456789012:approved"],
        "findings": {
            "highest": "high",
            "scanned": "2026-11-23T08:00:00Z",
            "fixesSince": {"high": "2026-11-01T00:00:00Z"},
        },
    }


def test_an_image_without_watermarks_has_an_empty_list_and_an_unknown_one_none() -> None:
    assert describe_image(image(ImageFacts()), NOW) == {"id": "ami-2", "name": "web-2", "watermarks": []}
    assert describe_image(Image(ImageId("ami-2"), "", created_at="yesterday"), NOW) == {
        "id": "ami-2",
        "created": "yesterday",
    }
