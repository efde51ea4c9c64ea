"""Rules of what an Elastigroup config names in AWS: regions, zones, ids, ARNs, instance types, volumes, user data."""

import base64
import re
from collections.abc import Iterator

from spotaction.documents.accessors import as_plain_text, as_whole_number, value_at, without_duplicates
from spotaction.documents.elastigroup import aws_names
from spotaction.documents.elastigroup.rules import BALANCERS, LAUNCH, TYPES, Rule, texts_at, values_at
from spotaction.documents.problems import Finding
from spotaction.documents.tree import Path
from spotaction.documents.wording import nearest_word, quote_value
from spotaction.model.resources import JsonValue

_COMPUTE: Path = ("group", "compute")
_ZONES: Path = (*_COMPUTE, "availabilityZones", "*")
_INTERFACES: Path = (*LAUNCH, "networkInterfaces", "*")
_DISKS: Path = (*LAUNCH, "blockDeviceMappings", "*", "ebs")
_IDS: tuple[tuple[Path, str], ...] = (
    ((*LAUNCH, "securityGroupIds", "*"), "sg"),
    ((*_INTERFACES, "groups", "*"), "sg"),
    ((*_COMPUTE, "subnetIds", "*"), "subnet"),
    ((*_ZONES, "subnetIds", "*"), "subnet"),
    ((*_ZONES, "subnetId"), "subnet"),
    ((*_INTERFACES, "subnetId"), "subnet"),
    ((*_INTERFACES, "networkInterfaceId"), "eni"),
    ((*_DISKS, "snapshotId"), "snap"),
    ((*_COMPUTE, "volumeAttachments", "volumes", "*", "volumeId"), "vol"),
    ((*_COMPUTE, "ebsVolumePool", "*", "volumeIds", "*"), "vol"),
    ((*LAUNCH, "itf", "targetGroupConfig", "vpcId"), "vpc"),
    ((*_COMPUTE, "elasticIps", "*"), "eipalloc"),
)
_UNSURE_IDS = frozenset({"eipalloc"})  # an address may do as well
_TARGET_GROUP = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[A-Za-z0-9-]+/[0-9A-Za-z]+"
)
_ANY_ARN = re.compile(r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]+):[a-z0-9-]*:[0-9]*:(?P<kind>[a-zA-Z-]+)[/:]")
_PROFILE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:instance-profile/.+")
_IAM_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_VOLUME_TYPES = ("gp2", "gp3", "io1", "io2", "sc1", "st1", "standard")
_LEAST_IOPS = 100  # of io1 and io2
_NEW_VOLUME_TYPE = re.compile(r"(?:gp|io|sc|st)[1-9]")
_ONE_EACH = "write each as an item of its own"
MAX_USER_DATA = 16 * 1024  # bytes before base64; the limit is EC2's
_SCRIPTS = (("userData", "startup-script"), ("shutdownScript", ""))


def _check_ids(value: JsonValue) -> Iterator[Finding]:
    for pattern, prefix in _IDS:
        for path, text in texts_at(value, pattern):
            if not aws_names.has_id_form(text, prefix):
                kind, given = aws_names.kind_of_id(prefix), text.partition("-")[0]
                other = aws_names.kind_of_id(given) if given != prefix else ""
                message = f"is {other}, not {kind}" if other else f"is not the id of {kind}"
                hint = _ONE_EACH if "," in text else f"for example {prefix}-0123456789abcdef0"
                certain = bool(other) or prefix not in _UNSURE_IDS
                yield Finding(path, f"{quote_value(text)} {message}", hint, certain=certain)


def _check_zones(value: JsonValue) -> Iterator[Finding]:
    earlier: set[str] = set()
    for path, zone in texts_at(value, (*_ZONES, "name")):
        region = aws_names.region_of(zone)
        if zone and zone == region:
            yield Finding(path, f"{quote_value(zone)} is a region, not an availability zone", f"for example {zone}a")
        elif not aws_names.is_zone(zone):
            yield Finding(path, f"{quote_value(zone)} is not an availability zone", "for example us-east-1a")
        elif zone in earlier:
            yield Finding(path, f"duplicate zone {quote_value(zone)}", "list its subnets in one entry")
        elif region:
            yield from _check_region_name(path, region)
        earlier.add(zone)


def _check_region_name(path: Path, region: str) -> Iterator[Finding]:
    if not aws_names.is_region(region):
        yield Finding(path, f"the region {quote_value(region)} does not exist", aws_names.nearest_region(region))
    elif not aws_names.is_known_region(region):
        message = f"the region {quote_value(region)} is not known to this version"
        yield Finding(path, message, "check its spelling", certain=False)


def _check_regions(value: JsonValue) -> Iterator[Finding]:
    names = [zone for _, zone in texts_at(value, (*_ZONES, "name"))]
    regions = without_duplicates(region for zone in names if (region := aws_names.region_of(zone)))
    given = next((text for _, text in texts_at(value, ("group", "region"))), "")
    wrong = list(_check_region_name(("group", "region"), given)) if given else []
    yield from wrong
    if len(regions) > 1:
        message = f"the zones are in several regions: {', '.join(regions)}"
        yield Finding(_ZONES[:-1], message, "use zones of one region")
    elif any(each.certain for each in wrong) or not all(map(aws_names.is_region, regions)):
        return  # what follows from a misspelled region is no second problem
    elif given and regions and regions[0] != given:
        message = f"the region is {given}, but the zones are in {regions[0]}"
        yield Finding(("group", "region"), message, "correct one of them")
    else:
        yield from _balancers_elsewhere(value, given or next(iter(regions), ""))


def _balancers_elsewhere(value: JsonValue, region: str) -> Iterator[Finding]:
    for path, arn in texts_at(value, (*BALANCERS, "arn")):
        theirs = [*arn.split(":"), "", "", "", ""][3]
        if region and theirs not in {"", region} and aws_names.region_of(theirs) == theirs:
            message = f"the target group is in {theirs}, but the Elastigroup is in {region}"
            yield Finding(path, message, "use a target group in that region")


def _check_target_groups(value: JsonValue) -> Iterator[Finding]:
    for path, arn in texts_at(value, (*BALANCERS, "arn")):
        if not _TARGET_GROUP.fullmatch(arn):
            hint = "for example arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
            yield Finding(path, _describe_arn(arn, "targetgroup", "a target group"), hint)


def _describe_arn(arn: str, kind: str, wanted: str) -> str:
    """What is wrong with an ARN that is not well formed, or that of something else."""
    match = _ANY_ARN.match(arn)
    if match is None or match["kind"] == kind:
        return f"{quote_value(arn)} is not the ARN of {wanted}"
    return f"{quote_value(arn)} is the ARN of a {match['kind'].replace('-', ' ')}, not of {wanted}"


def _check_profile(value: JsonValue) -> Iterator[Finding]:
    hint = "for example arn:aws:iam::123456789012:instance-profile/web"
    for path, arn in texts_at(value, (*LAUNCH, "iamRole", "arn")):
        if not _PROFILE.fullmatch(arn):
            yield Finding(path, _describe_arn(arn, "instance-profile", "an instance profile"), hint)
    for path, name in texts_at(value, (*LAUNCH, "iamRole", "name")):
        if not _IAM_NAME.fullmatch(name):
            way = "set iamRole.arn to an ARN" if name.startswith("arn:") else "for example web"
            yield Finding(path, f"{quote_value(name)} is not the name of an instance profile", way)


def _check_instance_types(value: JsonValue) -> Iterator[Finding]:
    for key in (("ondemand",), ("onDemandTypes", "*"), ("spot", "*"), ("weights", "*", "instanceType")):
        for path, text in texts_at(value, (*TYPES, *key)):
            if not aws_names.is_instance_type(text):
                lower = text.lower()
                hint = f"did you mean '{lower}'?" if aws_names.is_instance_type(lower) else "for example m5.large"
                hint = _ONE_EACH if "," in text else hint
                yield Finding(path, f"{quote_value(text)} is not an instance type", hint)
            elif not aws_names.is_known_family(text):
                message = f"the instance type {quote_value(text)} is not known to this version"
                yield Finding(path, message, "check its spelling", certain=False)


def _check_volumes(value: JsonValue) -> Iterator[Finding]:
    for path, disk in values_at(value, _DISKS):
        for place, text in texts_at(disk, ("volumeType",)):
            if text not in _VOLUME_TYPES:
                close = nearest_word(text, _VOLUME_TYPES)
                hint = f"did you mean '{close}'?" if close else f"available: {', '.join(_VOLUME_TYPES)}"
                new = _NEW_VOLUME_TYPE.fullmatch(text) is not None
                message = "is not known to this version" if new else "is not a type of volume"
                yield Finding((*path, *place), f"{quote_value(text)} {message}", hint, certain=not new)
        kind = as_plain_text(value_at(disk, ("volumeType",)))
        if kind in {"io1", "io2"}:
            iops = as_whole_number(value_at(disk, ("iops",)))
            if value_at(disk, ("iops",)) is None and value_at(disk, ("dynamicIops",)) is None:
                yield Finding(path, f"'iops' is required for volumeType {kind}", "for example iops: 3000")
            elif iops is not None and iops < _LEAST_IOPS:
                message = f"{iops} is less than the minimum of {_LEAST_IOPS} for {kind}"
                yield Finding((*path, "iops"), message, "for example 3000")


def _check_scripts(value: JsonValue) -> Iterator[Finding]:
    for key, name in _SCRIPTS:
        for path, text in texts_at(value, (*LAUNCH, key)):
            way = f"encode it with `base64 -w0`{f', or set the input {name} to the file' if name else ''}"
            bare = "".join(text.split())
            padding = "=" * (-len(bare) % 4)
            content = _decode_base64(bare + padding)
            if content is None:
                yield Finding(path, f"{key} is not Base64", way)
            elif len(content) > MAX_USER_DATA and key == "userData":
                message = f"{key} has {len(content)} bytes; EC2 allows {MAX_USER_DATA}"
                yield Finding(path, message, "download the rest at start-up")
            elif padding:
                hint = f"append {padding}"
                yield Finding(path, f"{key} is Base64 without padding", hint, certain=False)


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _check_tags(value: JsonValue) -> Iterator[Finding]:
    earlier: set[str] = set()
    for path, tag in texts_at(value, (*LAUNCH, "tags", "*", "tagKey")):
        if tag.lower().startswith("aws:"):
            yield Finding(path, f"{quote_value(tag)} begins with aws:, which is reserved for AWS", "rename the tag")
        elif tag in earlier:
            yield Finding(path, f"duplicate tag {quote_value(tag)}", "keep one of them")
        earlier.add(tag)


def _undocumented(value: JsonValue) -> Iterator[Finding]:
    path = (*LAUNCH, "instanceMetadataOptions")
    if value_at(value, path) is not None:
        yield Finding(path, "instanceMetadataOptions is not documented", "use metadataOptions", certain=False)


RULES: tuple[Rule, ...] = (
    _check_ids,
    _check_zones,
    _check_regions,
    _check_target_groups,
    _check_profile,
    _check_instance_types,
    _check_volumes,
    _check_scripts,
    _check_tags,
    _undocumented,
)
