"""The filters of an image search by EC2's names, checked before the call."""

import difflib
import re
from collections.abc import Iterator

from spotaction.model.errors import InvalidError, Problem
from spotaction.model.ports import ImageQuery

Filters = dict[str, list[str]]
HARNESS = "ami-"  # the prefix of Harness's filter names
OWNERS = {"owner-id": r"\d{12}", "owner-alias": r"amazon|aws-marketplace"}
WILD = str.maketrans(dict.fromkeys("*?[]\\", "?"))

# The filters that EC2's API reference lists for DescribeImages; `tag:<key>` beside them.
NAMES = (
    "architecture",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.encrypted",
    "block-device-mapping.snapshot-id",
    "block-device-mapping.volume-size",
    "block-device-mapping.volume-type",
    "boot-mode",
    "creation-date",
    "description",
    "ena-support",
    "free-tier-eligible",
    "hypervisor",
    "image-allowed",
    "image-id",
    "image-type",
    "image-watermark.source-image-creation-time",
    "image-watermark.source-image-id",
    "image-watermark.source-image-region",
    "image-watermark.watermark-creation-time",
    "image-watermark.watermark-key",
    "instance-type-specification.supported-instance-type",
    "instance-type-specification.unsupported-instance-type",
    "is-public",
    "kernel-id",
    "manifest-location",
    "name",
    "owner-alias",
    "owner-id",
    "platform",
    "product-code",
    "product-code.type",
    "public-ssm-parameter-name",
    "ramdisk-id",
    "root-device-name",
    "root-device-type",
    "scan-result.critical-fix-available-since",
    "scan-result.finding-scan-date",
    "scan-result.high-fix-available-since",
    "scan-result.highest-finding-severity-label",
    "scan-result.informational-fix-available-since",
    "scan-result.low-fix-available-since",
    "scan-result.medium-fix-available-since",
    "source-image-id",
    "source-image-region",
    "source-instance-id",
    "sriov-net-support",
    "state",
    "state-reason-code",
    "state-reason-message",
    "tag-key",
    "virtualization-type",
)


def filters_of(query: ImageQuery) -> Filters:
    """Return the query's tags and filters, with the fixed ones: only available images, and own ones only if private.

    Blank names and values are left out, as in Harness. Raises `InvalidError` for filters that EC2 does not have.
    """
    filters: Filters = {}
    tags = [(f"tag:{name}" if name.strip() else "", values) for name, values in query.tags]
    for name, values in (*tags, *query.filters):
        given = [value for value in values if value.strip()]
        if name.strip() and given:
            filters.setdefault(name.strip().removeprefix(HARNESS), []).extend(given)
    problems = list(_filter_problems(filters))
    if problems:
        raise InvalidError(problems)
    if query.owners in ((), ("self",)):
        filters.setdefault("is-public", ["false"])
    return {**filters, "state": ["available"]}


def escape_wildcards(name: str) -> str:
    """Return a filter value that matches at least this name: each of EC2's wildcards becomes `?`."""
    return name.translate(WILD)


def _filter_problems(filters: Filters) -> Iterator[Problem]:
    for name, values in filters.items():
        if name == "state" and values != ["available"]:
            yield Problem("only available images can be deployed", subject=f"filters.{name}")
        if name in OWNERS:
            yield from _owner_problems(name, values)
        if name not in NAMES and not (name.startswith("tag:") and name != "tag:"):
            near = difflib.get_close_matches(name, NAMES, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "use tag:<key> to filter by a tag"
            yield Problem("unknown filter for images at EC2", subject=f"filters.{name}", hint=hint)


def _owner_problems(name: str, values: list[str]) -> Iterator[Problem]:
    """Refuse what is no account, such as a wildcard: anybody may give an image any name."""
    wanted = "write the account's 12 digits" if name == "owner-id" else "write amazon or aws-marketplace"
    for value in values:
        if not re.fullmatch(OWNERS[name], value.strip(), re.ASCII):
            yield Problem(f"{value!r} is not an owner of images", subject=f"filters.{name}", hint=wanted)
