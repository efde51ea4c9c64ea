import pytest

from spotaction.documents.elastigroup.architecture import architecture_of, require_bootable
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Image, ImageId


@pytest.mark.parametrize(
    "name",
    [
        "a1.large",
        "t4g.micro",
        "m6g.large",
        "m6gd.metal",
        "c7gn.xlarge",
        "r8g.2xlarge",
        "im4gn.large",
        "is4gen.medium",
        "x2gd.large",
        "g5g.xlarge",
        "hpc7g.4xlarge",
        "i4g.large",
        "m8gd.large",
    ],
)
def test_graviton_families_are_arm64(name: str) -> None:
    assert architecture_of(name) == "arm64"


@pytest.mark.parametrize(
    "name",
    [
        "t2.small",
        "t3a.medium",
        "m3.medium",
        "m5.large",
        "m5dn.large",
        "m6i.large",
        "m7i-flex.large",
        "c5n.large",
        "r5b.large",
        "g4dn.xlarge",
        "g5.xlarge",
        "g6e.xlarge",
        "i3en.large",
        "x1e.xlarge",
        "x2iedn.xlarge",
        "z1d.large",
        "d3en.xlarge",
        "h1.2xlarge",
        "hpc6a.48xlarge",
    ],
)
def test_intel_and_amd_families_are_x86_64(name: str) -> None:
    assert architecture_of(name) == "x86_64"


@pytest.mark.parametrize(
    "name",
    [
        "mac1.metal",
        "mac2.metal",
        "u-6tb1.metal",
        "u7i-12tb.224xlarge",
        "p3.2xlarge",
        "p5.48xlarge",
        "trn1.2xlarge",
        "inf2.xlarge",
        "dl1.24xlarge",
        "vt1.3xlarge",
        "",
        "large",
        "quantum.large",
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert architecture_of(name) is None


def image(built_for: str) -> Image:
    return Image(ImageId("ami-1"), "web-1", architecture=built_for)


def test_an_instance_type_that_cannot_boot_the_image_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        require_bootable(image("arm64"), ("m6g.large", "m5.large", "quantum.large", "t3.small"))
    assert str(caught.value) == (
        "ami-1 (web-1) is built for arm64, but the group uses m5.large, t3.small (x86_64). "
        "Next: choose an image of the group's architecture, or other instance types."
    )
    with pytest.raises(RefusedError, match=r"built for x86_64, but the group uses m6g\.large \(arm64\)"):
        require_bootable(image("x86_64"), ("m6g.large", "m5.large"))


@pytest.mark.parametrize(
    ("built_for", "types"),
    [
        ("x86_64", ("m5.large", "quantum.large")),
        ("arm64", ("m6g.large",)),
        ("x86_64", ()),
        ("i386", ("m6g.large",)),
        ("x86_64_mac", ("m6g.large",)),
        ("", ("m6g.large", "m5.large")),
    ],
)
def test_what_fits_or_is_not_known_passes(built_for: str, types: tuple[str, ...]) -> None:
    require_bootable(image(built_for), types)
    assert not any(built_for == "arm64" and architecture_of(name) == "x86_64" for name in types)
