"""The architecture of instance types, derived from their names."""

import re

from spotaction.model.errors import RefusedError
from spotaction.model.resources import Image

# The letters after the generation begin with g in every Graviton family (m6g, c7gn, im4gn, is4gen); a1 came before.
_GRAVITON = re.compile(r"(a1|[a-z]+\d+g[a-z]*)\.")
_KNOWN = re.compile(r"[a-z]+\d+[a-z]*(-flex)?\.")
_OTHERS = re.compile(r"(mac|u-|p\d|trn|inf|dl|vt)")


def architecture_of(instance_type: str) -> str | None:
    """Return `arm64` or `x86_64`; None for families whose names do not show it."""
    if _GRAVITON.match(instance_type):
        return "arm64"
    if _OTHERS.match(instance_type) or not _KNOWN.match(instance_type):
        return None
    return "x86_64"


def require_bootable(image: Image, instance_types: tuple[str, ...]) -> None:
    """Raise `RefusedError` if one of the instance types cannot boot the image."""
    if image.architecture not in {"arm64", "x86_64"}:
        return
    wrong = [name for name in instance_types if architecture_of(name) not in {None, image.architecture}]
    if wrong:
        raise RefusedError(
            f"{image.id} ({image.name}) is built for {image.architecture}, but the group uses "
            f"{', '.join(wrong)} ({architecture_of(wrong[0])}).",
            next_step="choose an image of the group's architecture, or other instance types.",
        )
