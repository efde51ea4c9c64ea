"""What is said of an image that is there and cannot be started, or that nobody here can see."""

from typing import TYPE_CHECKING

from spotaction.model.errors import RefusedError
from spotaction.model.ports import ImageQuery

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import ImageTypeDef

WAYS_OUT = {
    "pending": "wait for it to be available, and run again",
    "transient": "wait for it to be available, and run again",
    "failed": "build it again; its state reason in EC2's console says what went wrong",
    "error": "build it again; its state reason in EC2's console says what went wrong",
    "disabled": "enable it again, or deploy another one",
    "deprecated": "take its deprecation back, or deploy another one",
}


def not_usable(image: "ImageTypeDef") -> RefusedError:
    """An image that is what was asked for and may not be deployed, with its state."""
    told = image.get("State", "available")
    state = "deprecated" if told == "available" else str(told)
    name = f" ({image.get('Name')})" if image.get("Name") else ""
    return RefusedError(
        f"{image.get('ImageId', '')}{name} is {state}.", next_step=WAYS_OUT.get(state, "deploy another one")
    )


def unknown_id(query: ImageQuery) -> RefusedError:
    """An id that this account sees nothing under."""
    return RefusedError(
        f"No image matches: id {query.image_id}; region {query.region}.",
        next_step="correct ami-id, or copy the image to this region and share it with this account",
    )
