"""Checks values against the JSON Schemas in `schemas/`."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotaction.documents.schema_messages import translate_errors
from spotaction.documents.tree import Located
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"


def check_value(value: JsonValue, located: Located, schema: str, definition: str = "") -> tuple[Problem, ...]:
    """Return every violation of `schemas/<schema>.schema.json`, or of one of its `$defs`, sorted by place."""
    return translate_errors(_validator(schema, definition).iter_errors(value), located)


@cache
def _validator(schema: str, definition: str) -> "Validator":
    # Imported here: it takes a tenth of a second, which a run without documents can save.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    content = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
    if definition:
        content = {"$ref": f"#/$defs/{definition}", "$defs": content["$defs"]}
    registry: Registry[Any] = Registry()  # the default one would fetch unknown references
    return Draft202012Validator(content, registry=registry)
