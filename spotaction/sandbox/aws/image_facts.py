"""What DescribeImages tells about an image beside its name: moto knows little of it, so the scenario sets it."""

import datetime as dt
from collections.abc import Iterator

from spotaction.sandbox.scenario import parse_time
from spotaction.sandbox.types import JSON, Moto

_FIX = "FixAvailableSince"


def describe_image(image: Moto, entry: JSON) -> None:
    """Give a moto image the attributes of a scenario's entry, and the values by which filters find it."""
    findings, types = entry.get("findings", {}), entry.get("instance-types", {})
    image.boot_mode = entry.get("boot-mode")
    image.ena_support = entry.get("ena-support", True)
    image.imds_support = entry.get("imds-support")
    image.tpm_support = entry.get("tpm-support")
    image.source_image_id = entry.get("source-image")
    image.last_launched_time = entry.get("last-launched")
    image.image_watermarks = [{"WatermarkKey": key} for key in entry.get("watermarks", [])]
    image.scan_results = _scan_results(findings) if findings else None
    image.instance_type_specification = (
        {
            "SupportedInstanceTypes": [{"InstanceType": each} for each in types.get("supported", [])],
            "UnsupportedInstanceTypes": [{"InstanceType": each} for each in types.get("unsupported", [])],
        }
        if types
        else None
    )
    image.found_by = {**dict(_filter_values(entry)), **entry.get("found-by", {})}


def _scan_results(findings: JSON) -> JSON:
    found = {"FindingScanDate": _when(findings["scanned"])}
    if "highest" in findings:
        found["HighestFindingSeverityLabel"] = findings["highest"]
    fixes = findings.get("fixes-since", {})
    return found | {f"{severity.capitalize()}{_FIX}": _when(since) for severity, since in fixes.items()}


def _filter_values(entry: JSON) -> Iterator[tuple[str, list[object]]]:
    yield "ena-support", [entry.get("ena-support", True)]
    if entry.get("watermarks"):
        yield "image-watermark.watermark-key", entry["watermarks"]
    if "highest" in entry.get("findings", {}):
        yield "scan-result.highest-finding-severity-label", [entry["findings"]["highest"]]


def _when(moment: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(parse_time(moment), tz=dt.UTC)
