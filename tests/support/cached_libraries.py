"""Keeps what libraries work out anew for every session or call, always with the same result."""

import functools
import json
from collections.abc import Iterator
from typing import Any

import botocore.compat
import botocore.hooks
import botocore.session
import botocore.useragent
import requests.utils
import xmltodict  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator

_NAMES: dict[str, str] = {}
_make_aliaser = botocore.hooks.EventAliaser.__init__
_find_errors = Draft202012Validator.iter_errors
_VALID: dict[tuple[int, str], object] = {}  # the schemas, so that no other schema gets their ids
_accepts = functools.cache(botocore.compat.accepts_kwargs)


def keep() -> None:
    """Keep AWS's models, event names, handlers' signatures and user agents, and which documents have no errors."""
    # Megabytes of JSON, which each boto3 session parses.
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    # The same few texts are sanitised for every call.
    botocore.useragent.sanitize_user_agent_string_component = functools.cache(
        botocore.useragent.sanitize_user_agent_string_component
    )
    # Every session registers the same hundred handlers.
    botocore.hooks.EventAliaser.__init__ = _make_aliaser_with_names  # type: ignore[assignment, method-assign]
    botocore.hooks.accepts_kwargs = _accepts_kwargs  # type: ignore[assignment]
    # Python 3.11 inspects a protocol at every isinstance().
    requests.utils._SupportsItems = _WithItems  # type: ignore[attr-defined]
    # Most runs of a test read the same documents.
    Draft202012Validator.iter_errors = _errors_of  # type: ignore[assignment]
    # Character by character, for each element that moto answers with.
    xmltodict._validate_name = functools.cache(xmltodict._validate_name)


def _make_aliaser_with_names(aliaser: Any, emitter: Any, event_aliases: Any = None) -> None:  # noqa: ANN401
    _make_aliaser(aliaser, emitter, event_aliases)
    aliaser._alias_name_cache = _NAMES


def _accepts_kwargs(handler: Any) -> Any:  # noqa: ANN401
    return _accepts(getattr(handler, "__func__", handler))


def _errors_of(validator: Any, instance: object) -> Iterator[Any]:  # noqa: ANN401
    schema = validator.schema
    if schema is not Draft202012Validator.META_SCHEMA and not (isinstance(schema, dict) and "$defs" in schema):
        # A part of a schema: quicker than to look it up.
        return _find_errors(validator, instance)
    try:
        key = id(schema), json.dumps(instance)
    except (TypeError, ValueError, RecursionError):
        return _find_errors(validator, instance)
    if key in _VALID:
        return iter(())
    errors = list(_find_errors(validator, instance))
    if not errors:
        _VALID[key] = schema
    return iter(errors)


class _HasItems(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return hasattr(instance, "items")


class _WithItems(metaclass=_HasItems):
    """What has a method `items`."""
