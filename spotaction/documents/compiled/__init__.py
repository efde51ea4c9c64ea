"""The schemas as Python code, made by tools/compile_schemas.py; it says quickly that a value is valid."""

from importlib import import_module


class MismatchError(ValueError):
    """A value is not valid; jsonschema says why."""


def accepts(value: object, schema: str, definition: str = "") -> bool:
    """Return whether a value is known to be valid against a schema, or one of its `$defs`.

    False means that it is not known: the value may be valid, or the schema may not be compiled.
    """
    try:
        module = import_module(f"{__name__}.{schema}")
    except ModuleNotFoundError:
        return False
    check = module.CHECKS.get(definition)
    if check is None:
        return False
    try:
        check(value)
    except MismatchError:
        return False
    return True
