"""The filters of DescribeImages, and the image attribute that each compares."""

import fnmatch
from collections.abc import Iterator, Sequence

from moto.ec2.exceptions import EC2ClientError

from spotaction.sandbox.dates import zulu
from spotaction.sandbox.types import Moto

_ATTRIBUTES: dict[str, str] = {
    "architecture": "architecture",
    "boot-mode": "boot_mode",
    "description": "description",
    "hypervisor": "hypervisor",
    "image-id": "id",
    "image-type": "image_type",
    "kernel-id": "kernel_id",
    "manifest-location": "image_location",
    "name": "name",
    "owner-alias": "owner_alias",
    "owner-id": "owner_id",
    "platform": "platform",
    "root-device-name": "root_device_name",
    "root-device-type": "root_device_type",
    "source-instance-id": "instance_id",
    "state": "state",
    "virtualization-type": "virtualization_type",
}
_DEVICES = {
    "block-device-mapping.delete-on-termination": "DeleteOnTermination",
    "block-device-mapping.encrypted": "Encrypted",
    "block-device-mapping.snapshot-id": "SnapshotId",
    "block-device-mapping.volume-size": "VolumeSize",
    "block-device-mapping.volume-type": "VolumeType",
}
#: Filters of EC2 that match no image unless the scenario sets the value.
_OTHERS = frozenset(
    {
        "ena-support",
        "free-tier-eligible",
        "image-allowed",
        "image-watermark.source-image-creation-time",
        "image-watermark.source-image-id",
        "image-watermark.source-image-region",
        "image-watermark.watermark-creation-time",
        "image-watermark.watermark-key",
        "instance-type-specification.supported-instance-type",
        "instance-type-specification.unsupported-instance-type",
        "product-code",
        "product-code.type",
        "public-ssm-parameter-name",
        "ramdisk-id",
        "scan-result.critical-fix-available-since",
        "scan-result.finding-scan-date",
        "scan-result.high-fix-available-since",
        "scan-result.highest-finding-severity-label",
        "scan-result.informational-fix-available-since",
        "scan-result.low-fix-available-since",
        "scan-result.medium-fix-available-since",
        "source-image-id",
        "source-image-region",
        "sriov-net-support",
        "state-reason-code",
        "state-reason-message",
    }
)


def passes(image: Moto, name: str, wanted: Sequence[str]) -> bool:
    """Return whether an image matches a filter; `*` and `?` are wildcards.

    Raises:
        EC2ClientError: for an unknown filter.
    """
    return any(fnmatch.fnmatchcase(value, _pattern(want)) for value in _values(image, name) for want in wanted)


def _values(image: Moto, name: str) -> list[str]:
    return [_text(value) for value in _read(image, name) if value is not None]


def _read(image: Moto, name: str) -> Iterator[object]:
    tags = {tag["key"]: tag["value"] for tag in image.get_tags()}
    if name.startswith("tag:"):
        yield tags.get(name.removeprefix("tag:"))
    elif name == "tag-key":
        yield from tags
    elif name in image.found_by:
        yield from image.found_by[name]
    elif name == "is-public":
        yield image.is_public
    elif name == "creation-date":
        yield zulu(image.creation_date.timestamp())
    elif name in _ATTRIBUTES:
        yield getattr(image, _ATTRIBUTES[name])
    elif name in _DEVICES:
        yield from (device["Ebs"].get(_DEVICES[name]) for device in image.block_device_mappings)
    elif name == "block-device-mapping.device-name":
        yield from (device["DeviceName"] for device in image.block_device_mappings)
    elif name not in _OTHERS:
        raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pattern(text: str) -> str:
    """Make brackets literal: AWS's only wildcards are `*` and `?`."""
    return text.replace("[", "[[]")
