"""Checks values against the JSON Schemas in `schemas/`."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotaction.documents.expressions.lookups import Unresolved
from spotaction.documents.schema_messages import translate_errors
from spotaction.documents.tree import Located
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"


def check_value(value: JsonValue, located: Located, schema: str, definition: str = "") -> tuple[Problem, ...]:
    """Return every violation of `schemas/<schema>.schema.json`, or of one of its `$defs`, sorted by place.

    Texts with unresolved expressions are valid everywhere: their values are not known yet.
    """
    if accepts(value, schema, definition):
        return ()
    errors = _validator(schema, definition).iter_errors(value)
    return translate_errors((error for error in errors if not _is_open(error)), located)


def accepts(value: object, schema: str, definition: str = "") -> bool:
    """Return whether a value is known to be valid against a schema, or one of its `$defs`.

    False means that it is not known: the value may be valid, or the schema may not be compiled.
    """
    check = _load_checks(schema).get(definition)
    if check is None:
        return False
    try:
        check(value)
    except ValueError:
        return False
    return True


@cache
def load_schema(schema: str) -> Mapping[str, Any]:
    """Return the content of `schemas/<schema>.schema.json`."""
    content: dict[str, Any] = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
    return content


@cache
def _load_checks(schema: str) -> Mapping[str, Callable[[object], object]]:
    """Return what tools/compile_schemas.py made of a schema, by `$defs`, where the wheel and the image have it."""
    spec = spec_from_file_location(f"schemas.compiled.{schema}", SCHEMAS / "compiled" / f"{schema}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError:
        return {}
    checks: Mapping[str, Callable[[object], object]] = module.CHECKS
    return checks


@cache
def _validator(schema: str, definition: str) -> "Validator":
    # Imported here: it takes a tenth of a second, which a run whose documents are valid can save.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    content = load_schema(schema)
    if definition:
        content = {"$ref": f"#/$defs/{definition}", "$defs": content["$defs"]}
    registry: Registry[Any] = Registry()  # the default one would fetch unknown references
    return Draft202012Validator(content, registry=registry)


def _is_open(error: "ValidationError") -> bool:
    """Whether an error depends on the value of an unresolved expression."""
    if isinstance(error.instance, Unresolved):
        return True
    branches = groupby(error.context or (), key=lambda each: each.relative_schema_path[0])
    return any(all(map(_is_open, errors)) for _, errors in branches)
