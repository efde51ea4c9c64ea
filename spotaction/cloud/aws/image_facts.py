"""What DescribeImages tells about an AMI beside its name, as plain values: no other call and permission is needed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from spotaction.model.preflight import ImageFacts, Volume

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import ImageTypeDef

_SEVERITIES = ("informational", "low", "medium", "high", "critical")
_NO_FINDING = "none"


def facts_of(image: "ImageTypeDef") -> ImageFacts:
    """Return the facts of an image as EC2 describes it; whatever is missing there stays empty."""
    # Its newest members are not in the typed stubs yet.
    found = cast("Mapping[str, object]", image)
    types, scan = _as_mapping(found.get("InstanceTypeSpecification")), _as_mapping(found.get("ScanResults"))
    scanned = _as_text(scan.get("FindingScanDate"))
    return ImageFacts(
        boot_mode=image.get("BootMode", ""),
        ena=image.get("EnaSupport"),
        tpm=image.get("TpmSupport", ""),
        imds=image.get("ImdsSupport", ""),
        virtualization=image.get("VirtualizationType", ""),
        root_device_type=image.get("RootDeviceType", ""),
        volumes=tuple(_volumes(image)),
        deprecation_time=image.get("DeprecationTime", ""),
        last_launched_time=image.get("LastLaunchedTime", ""),
        source=image.get("SourceImageId", ""),
        is_public=image.get("Public"),
        is_allowed=image.get("ImageAllowed"),
        supported_types=_texts_of(types.get("SupportedInstanceTypes"), "InstanceType"),
        unsupported_types=_texts_of(types.get("UnsupportedInstanceTypes"), "InstanceType"),
        watermarks=_texts_of(found.get("ImageWatermarks"), "WatermarkKey"),
        highest_finding=_as_text(scan.get("HighestFindingSeverityLabel")).lower() or (_NO_FINDING if scanned else ""),
        scanned=scanned,
        fixes_since={
            name: since
            for name in _SEVERITIES
            if (since := _as_text(scan.get(f"{name.capitalize()}FixAvailableSince")))
        },
    )


def _volumes(image: "ImageTypeDef") -> Iterator[Volume]:
    for mapping in image.get("BlockDeviceMappings", []):
        size = mapping.get("Ebs", {}).get("VolumeSize")
        if size:
            yield Volume(mapping.get("DeviceName", ""), size)


def _as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _texts_of(value: object, key: str) -> tuple[str, ...]:
    found = (_as_text(_as_mapping(each).get(key)) for each in (value if isinstance(value, list) else ()))
    return tuple(text for text in found if text)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if value is not None else ""
