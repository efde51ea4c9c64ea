"""AMIs at EC2: the newest that matches, or an error that lists what is there instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import iterate_pages, require_complete
from spotaction.cloud.aws.image_facts import facts_of
from spotaction.cloud.aws.image_filters import Filters, escape_wildcards, filters_of
from spotaction.cloud.aws.image_names import name_matcher, nearest_names
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import RefusedError
from spotaction.model.ports import ImageApi, ImageQuery
from spotaction.model.resources import Image, ImageId

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        DescribeImagesRequestTypeDef,
        DescribeImagesResultTypeDef,
        FilterTypeDef,
        ImageTypeDef,
    )

MOST_OTHERS = 3000  # images whose names are compared for the nearest
MOST_VALUES = 200  # of a filter
PAGE = 1000  # the most that DescribeImages returns at once

NEXT_STEPS = {
    "pending": "wait until it is available, then run again",
    "transient": "wait until it is available, then run again",
    "failed": "build it again; see its state reason in the EC2 console",
    "error": "build it again; see its state reason in the EC2 console",
    "disabled": "enable the image, or deploy another one",
    "deprecated": "cancel its deprecation, or deploy another image",
}


class Ec2Images(ImageApi):
    """The AMIs that this account may launch."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def find(self, query: ImageQuery) -> Image:
        """Return the newest matching image, by creation date, then id; deprecated and disabled ones do not match.

        Raises `RefusedError` if there is none, and `InvalidError` for an unknown filter or an invalid pattern.
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

    def known(self, images: Sequence[ImageId], region: str) -> Mapping[ImageId, Image]:
        """Return those of the images that are available to this account, whoever owns them."""
        found: dict[ImageId, Image] = {}
        wanted = list(dict.fromkeys(images))
        for start in range(0, len(wanted), MOST_VALUES):
            batch = wanted[start : start + MOST_VALUES]
            answer = self._aws.read("ec2:DescribeImages", partial(self._describe_batch, batch, region))
            found |= {image.id: image for image in map(_to_image, answer["Images"])}
        return found

    def _describe_batch(self, batch: Sequence[ImageId], region: str) -> "DescribeImagesResultTypeDef":
        """At most `MOST_VALUES` images in one page; by filter, since an id that does not exist would be an error."""
        filters: list[FilterTypeDef] = [
            {"Name": "image-id", "Values": list(batch)},
            {"Name": "state", "Values": ["available"]},
        ]
        client = self._aws.ec2(region)
        return require_complete(client.describe_images(Filters=filters, IncludeDeprecated=True), "Images")

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
        known = f"The nearest names are {', '.join(names)}." if names else "These owners have no images."
        return RefusedError(
            f"No image matches: {_describe_query(query)}. {known}",
            next_step="correct the version, tags or filters, or build the image in this region",
        )


def _narrow_filters(filters: Filters, query: ImageQuery) -> Filters:
    """The filters, narrowed by what EC2 can match itself."""
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
        facts=facts_of(image),
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
    """The error for a matching image that is not available."""
    reported = image.get("State", "available")
    state = "deprecated" if reported == "available" else str(reported)
    name = f" ({image.get('Name')})" if image.get("Name") else ""
    return RefusedError(
        f"{image.get('ImageId', '')}{name} is {state}.", next_step=NEXT_STEPS.get(state, "deploy another one")
    )


def _unknown_id(query: ImageQuery) -> RefusedError:
    """The error for an id that this account cannot see."""
    return RefusedError(
        f"No image matches: id {query.image_id}; region {query.region}.",
        next_step="correct ami-id, or copy the image to this region and share it with this account",
    )
