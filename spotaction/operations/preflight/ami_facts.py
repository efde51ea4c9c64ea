"""The AMI against its instance types, its volumes and the calendar; and as the rules of policies see it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_whole_number, value_at
from spotaction.model.errors import RefusedError
from spotaction.model.preflight import ImageFacts, InstanceType
from spotaction.model.resources import Image, JsonObject, JsonValue

SOON = 14  # days until an AMI is deprecated in which a warning says so
_DAY = 86_400
_LAUNCH = ("compute", "launchSpecification")


def describe_image(image: Image, now: datetime) -> JsonObject:
    """Return an image as policy rules see it: without the keys that are not known, which a rule may require."""
    facts = image.facts or ImageFacts()
    described: dict[str, JsonValue] = {
        "name": image.name,
        "owner": image.owner,
        "architecture": image.architecture,
        "created": image.created_at,
        "ageDays": _days_between(image.created_at, now),
        "tags": dict(image.tags),
        "bootMode": facts.boot_mode,
        "enaSupport": facts.ena,
        "tpmSupport": facts.tpm,
        "imdsSupport": facts.imds,
        "virtualizationType": facts.virtualization,
        "rootDeviceType": facts.root_device_type,
        "deprecationTime": facts.deprecation_time,
        "lastLaunchedTime": facts.last_launched_time,
        "sourceImageId": facts.source,
        "public": facts.is_public,
        "allowed": facts.is_allowed,
        "watermarks": list(facts.watermarks),
        "findings": _findings_json(facts),
    }
    always = {"watermarks"} if image.facts is not None else set[str]()
    known = {key: value for key, value in described.items() if value not in ("", None, {}, []) or key in always}
    return {"id": image.id, **known}


def require_launchable(image: Image, config: JsonObject, types: Mapping[str, InstanceType]) -> None:
    """Raise `RefusedError` if EC2 could launch the image on none of the types, or with none of the volumes."""
    facts = image.facts
    if facts is None:
        return
    small = list(_small_volumes(facts, config))
    if small:
        raise RefusedError(
            f"{_name(image)} does not fit the group's volumes: {'; '.join(small)}.",
            next_step="raise volumeSize in blockDeviceMappings to at least the size of the AMI's snapshot.",
        )
    reasons = unbootable(facts, types)
    if reasons and len(reasons) == len(types):
        raise RefusedError(
            f"{_name(image)} can be launched on none of the group's instance types: {_list_reasons(reasons)}.",
            next_step="choose other instance types, or build the image for these.",
        )


def image_warnings(image: Image, types: Mapping[str, InstanceType], now: datetime) -> Iterator[str]:
    """Yield what may become a problem with the image: types that Spot cannot use, and a deprecation that is near."""
    facts = image.facts
    if facts is None:
        return
    reasons = unbootable(facts, types)
    if reasons:
        yield f"{_name(image)} cannot be launched on {_list_reasons(reasons)}. Spot can use only the other types."
    left = _days_between(now.isoformat(), _parse_time(facts.deprecation_time)) if facts.deprecation_time else None
    if left is not None and 0 <= left <= SOON:
        yield (
            f"{_name(image)} will be deprecated on {facts.deprecation_time[:10]}: "
            "after that, only rollback-to deploys it."
        )


def unbootable(facts: ImageFacts, types: Mapping[str, InstanceType]) -> dict[str, str]:
    """Return why EC2 cannot launch the image on an instance type, by the name of the type."""
    found = {name: next(_obstacles(facts, each), "") for name, each in types.items()}
    return {name: reason for name, reason in found.items() if reason}


def _obstacles(facts: ImageFacts, each: InstanceType) -> Iterator[str]:
    if _matches(each.name, facts.unsupported_types):
        yield "which the AMI excludes"
    if facts.supported_types and not _matches(each.name, facts.supported_types):
        yield "which the AMI does not include"
    if facts.boot_mode in {"uefi", "legacy-bios"} and each.boot_modes and facts.boot_mode not in each.boot_modes:
        yield f"which boots with {' or '.join(each.boot_modes)}, the AMI with {facts.boot_mode}"
    if facts.ena is False and each.ena == "required":
        yield "which requires ENA, and the AMI does not support it"
    if facts.tpm and each.has_tpm is False:
        yield f"which has no NitroTPM, and the AMI requires {facts.tpm}"


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a type is one of an AMI's, which may be written `t3.*`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _small_volumes(facts: ImageFacts, config: JsonObject) -> Iterator[str]:
    """The group's volumes that are smaller than the AMI's snapshot for the same device, which EC2 rejects."""
    sizes = {volume.device: volume.size for volume in facts.volumes}
    for mapping in as_items(value_at(config, (*_LAUNCH, "blockDeviceMappings"))):
        device = as_plain_text(value_at(mapping, ("deviceName",)))
        ebs = as_mapping(value_at(mapping, ("ebs",)))
        size = as_whole_number(ebs.get("volumeSize"))
        if size is not None and not ebs.get("snapshotId") and size < sizes.get(device, 0):
            yield f"{device} has {size} GiB, and the AMI's snapshot {sizes[device]} GiB"


def _findings_json(facts: ImageFacts) -> JsonObject:
    found: dict[str, JsonValue] = {
        "highest": facts.highest_finding,
        "scanned": facts.scanned,
        "fixesSince": dict(facts.fixes_since),
    }
    return {key: value for key, value in found.items() if value}


def _list_reasons(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}, {reason}" for name, reason in reasons.items())


def _name(image: Image) -> str:
    return f"{image.id} ({image.name})" if image.name else str(image.id)


def _days_between(earlier: str, later: datetime | None) -> int | None:
    since = _parse_time(earlier)
    return None if since is None or later is None else int((later - since).total_seconds() // _DAY)


def _parse_time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
