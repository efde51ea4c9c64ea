"""AMIs at EC2: the newest that matches, or an error that lists what is there instead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import iterate_pages, require_complete
from spotaction.cloud.aws.image_filters import Filters, escape_wildcards, filters_of
from spotaction.cloud.aws.image_names import name_matcher, nearest_names
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import RefusedError
from spotaction.model.ports import ImageQuery
from spotaction.model.resources import Image, ImageId

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        DescribeImagesRequestTypeDef,
        DescribeInstanceTypesRequestTypeDef,
        ImageTypeDef,
        InstanceTypeInfoTypeDef,
    )

MOST_OTHERS = 3000  # images among whose names the nearest are looked for
PAGE = 1000  # the most that DescribeImages gives at once
TYPES_PAGE = 100  # the same of DescribeInstanceTypes

NEXT_STEPS = {
    "pending": "wait for it to be available, and run again",
    "transient": "wait for it to be available, and run again",
    "failed": "build it again; its state reason in EC2's console says what went wrong",
    "error": "build it again; its state reason in EC2's console says what went wrong",
    "disabled": "enable it again, or deploy another one",
    "deprecated": "take its deprecation back, or deploy another one",
}


class Ec2Images:
    """The AMIs that this account may launch; implements `ports.Images`."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def find(self, query: ImageQuery) -> Image:
        """The newest image that matches, by creation date and then id; deprecated and disabled ones do not count.

        Raises `InvalidError` for a filter that EC2 does not have or a pattern that cannot be used.
        """
        filters = filters_of(query)
        matches = name_matcher(query)
        now = self._aws.clock.time()
        found = [
            image
            for image in self._iterate_images(query, _narrow_filters(filters, query))
            if matches(image.get("Name", ""))
            and _is_usable(image, now)
            and query.image_id in (None, image.get("ImageId"))
        ]
        if found:
            return _to_image(max(found, key=lambda image: (image.get("CreationDate", ""), image.get("ImageId", ""))))
        raise self._no_image_error(query)

    def find_architectures(self, instance_types: Sequence[str], *, region: str = "") -> dict[str, frozenset[str]]:
        """The architectures (x86_64, arm64, …) that each instance type runs; types unknown to EC2 are left out."""
        if not instance_types:
            return {}
        described = iterate_pages(lambda token: self._types_page(instance_types, region, token))
        return {
            str(one.get("InstanceType", "")): frozenset(one.get("ProcessorInfo", {}).get("SupportedArchitectures", []))
            for one in described
        }

    def architecture_of(self, instance_types: Sequence[str], *, region: str = "") -> set[str]:
        """The architectures that every known one of the instance types runs; empty when none is known or shared."""
        known = list(self.find_architectures(instance_types, region=region).values())
        return set(frozenset.intersection(*known)) if known else set()

    def _iterate_images(self, query: ImageQuery, filters: Filters) -> Iterator["ImageTypeDef"]:
        request: DescribeImagesRequestTypeDef = {
            "Filters": [{"Name": name, "Values": values} for name, values in filters.items()],
            "MaxResults": PAGE,
        }
        if query.owners:
            request["Owners"] = query.owners

        def fetch(token: str) -> "tuple[list[ImageTypeDef], str]":
            if token:
                request["NextToken"] = token
            client = self._aws.ec2
            page = self._aws.read(
                "ec2:DescribeImages",
                lambda: require_complete(client(query.region).describe_images(**request), "Images"),
            )
            return page["Images"], page.get("NextToken", "")

        return iterate_pages(fetch)

    def _types_page(
        self, instance_types: Sequence[str], region: str, token: str
    ) -> "tuple[list[InstanceTypeInfoTypeDef], str]":
        # A filter and not InstanceTypes: there, one unknown type would fail the call.
        request: DescribeInstanceTypesRequestTypeDef = {
            "Filters": [{"Name": "instance-type", "Values": list(dict.fromkeys(instance_types))}],
            "MaxResults": TYPES_PAGE,
        }
        if token:
            request["NextToken"] = token
        client = self._aws.ec2
        page = self._aws.read(
            "ec2:DescribeInstanceTypes",
            lambda: require_complete(client(region).describe_instance_types(**request), "InstanceTypes"),
        )
        return page["InstanceTypes"], page.get("NextToken", "")

    def _no_image_error(self, query: ImageQuery) -> RefusedError:
        now, wanted = self._aws.clock.time(), replace(query, tags=(), filters=())
        filters = filters_of(wanted) if query.image_id is None else _narrow_filters(filters_of(wanted), wanted)
        filters = {name: values for name, values in filters.items() if name != "state"}
        others = list(islice(self._iterate_images(query, filters), MOST_OTHERS))
        matches = name_matcher(query)
        meant = [image for image in others if query.image_id or matches(image.get("Name", ""))]
        if meant and not any(_is_usable(image, now) for image in meant):
            return _not_usable(max(meant, key=lambda image: image.get("CreationDate", "")))
        if query.image_id is not None:
            return _unknown_id(query)
        names = nearest_names(query, [image.get("Name", "") for image in others if _is_usable(image, now)])
        known = f"The nearest names are {', '.join(names)}." if names else "There are no images of these owners."
        return RefusedError(
            f"No image matches: {_describe_query(query)}. {known}",
            next_step="correct the version, tags or filters, or build the image in this region",
        )


def _narrow_filters(filters: Filters, query: ImageQuery) -> Filters:
    """The filters with what EC2 itself can tell apart already."""
    narrowed = dict(filters)
    if query.image_id is not None:
        narrowed.setdefault("image-id", [query.image_id])
    if query.version:
        narrowed.setdefault("name", [escape_wildcards(query.version)])
    return narrowed


def _is_usable(image: "ImageTypeDef", now: datetime) -> bool:
    if image.get("State", "available") != "available":
        return False
    deprecated = image.get("DeprecationTime", "")
    return not deprecated or datetime.fromisoformat(deprecated) > now


def _to_image(image: "ImageTypeDef") -> Image:
    return Image(
        id=ImageId(image.get("ImageId", "")),
        name=image.get("Name", ""),
        created_at=image.get("CreationDate", ""),
        architecture=image.get("Architecture", ""),
        owner=image.get("OwnerId", ""),
        tags={tag.get("Key", ""): tag.get("Value", "") for tag in image.get("Tags", [])},
    )


def _describe_query(query: ImageQuery) -> str:
    what = (
        (query.image_id, f"id {query.image_id}"),
        (query.version, f"version {query.version!r}"),
        (query.pattern, f"version pattern {query.pattern!r}"),
        (query.owners, f"owners {', '.join(query.owners)}"),
        (query.tags, "tags " + ", ".join(f"{name}={'|'.join(values)}" for name, values in query.tags)),
        (query.filters, "filters " + ", ".join(f"{name}={'|'.join(values)}" for name, values in query.filters)),
        (query.region, f"region {query.region}"),
    )
    return "; ".join(words for given, words in what if given)


def _not_usable(image: "ImageTypeDef") -> RefusedError:
    """An image that is what was asked for and may not be deployed, with its state."""
    told = image.get("State", "available")
    state = "deprecated" if told == "available" else str(told)
    name = f" ({image.get('Name')})" if image.get("Name") else ""
    return RefusedError(
        f"{image.get('ImageId', '')}{name} is {state}.", next_step=NEXT_STEPS.get(state, "deploy another one")
    )


def _unknown_id(query: ImageQuery) -> RefusedError:
    """An id that this account sees nothing under."""
    return RefusedError(
        f"No image matches: id {query.image_id}; region {query.region}.",
        next_step="correct ami-id, or copy the image to this region and share it with this account",
    )
