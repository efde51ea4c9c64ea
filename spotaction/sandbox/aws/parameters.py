"""Checks the parameters of an AWS call against the service's model before the call is executed."""

import functools
import re
import uuid
from collections.abc import Iterator, Mapping

from moto.core import responses
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model
from werkzeug import Request

from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.types import Moto

# moto lists the methods of the service's class again for every request.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]

_find_names = XFormedAttributePicker.get_possible_keys
_NAMES: dict[tuple[type, str, object], tuple[str, ...]] = {}


def _remembered_names(picker: XFormedAttributePicker, context: AttributePickerContext) -> tuple[str, ...]:
    """Return the names under which moto may keep a member of a response, which it works out for every object."""
    key = type(context.obj), context.key, context.shape
    if key not in _NAMES:
        _NAMES[key] = tuple(dict.fromkeys(_find_names(picker, context)))
    return _NAMES[key]


XFormedAttributePicker.get_possible_keys = _remembered_names  # type: ignore[assignment, method-assign]

_REQUEST_ID = re.compile(r"(?<=<RequestId>).*(?=</RequestId>)")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "integer": int,
    "list": list,
    "long": int,
    "string": str,
    "structure": Mapping,
}


class CheckedParameters(responses.BaseResponse):
    """A request that fails as on AWS if a parameter is missing or has the wrong type."""

    def parse_parameters(self, request: Request) -> None:
        """Parse and check the parameters.

        Raises:
            AwsError: for the first parameter that the model does not allow.
        """
        ec2 = self.boto3_service_name == "ec2"
        try:
            super().parse_parameters(request)
        except (ValueError, TypeError, KeyError) as error:
            code = "InvalidParameterValue" if ec2 else "ValidationError"
            raise AwsError(code, f"A parameter of the request cannot be read: {error}") from error
        shape = get_service_model(self.boto3_service_name).operation_model(self._get_action()).input_shape
        for path in _faults(shape, self.params, ""):
            if ec2:
                raise AwsError("MissingParameter", f"The request must contain the parameter {path}")
            what = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
            raise AwsError("ValidationError", f"1 validation error detected: {what}")

    @staticmethod
    def _enrich_response(headers: Moto, body: Moto) -> tuple[Moto, Moto]:
        """Add the request's id, as moto does, which draws each of its characters."""
        ident = str(uuid.uuid4())
        if "status" in headers:
            headers["status"] = str(headers["status"])
        headers["x-amzn-requestid"] = ident
        return headers, _REQUEST_ID.sub(ident, body) if isinstance(body, str) else body


def _faults(shape: Moto, value: object, path: str) -> Iterator[str]:
    """Yield the paths of missing parameters; one of the wrong type counts as missing."""
    if shape is None:
        return
    if not isinstance(value, _TYPES.get(shape.type_name, object)):
        yield path
    elif isinstance(value, Mapping) and shape.type_name == "structure":
        yield from (_below(path, name) for name in shape.required_members if value.get(name) is None)
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _faults(member, value[name], _below(path, name))
    elif isinstance(value, list) and shape.type_name == "list":
        for number, entry in enumerate(value, start=1):
            yield from _faults(shape.member, entry, f"{path}.{number}.member")


def _below(path: str, name: str) -> str:
    return f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
