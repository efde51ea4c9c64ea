"""Checks AWS calls against botocore's models: parameters as sent, and responses as parsed."""

import datetime as dt
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import botocore.model
import botocore.parsers
import botocore.session
import botocore.validate

JSON = dict[str, Any]
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/(?P<service>[^/]+)/")
_NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "servicequotas": "service-quotas"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "timestamp": (dt.datetime, int, float),  # a number in the JSON protocol
    "list": list,
    "structure": dict,
    "map": dict,
    "blob": bytes,
}


def faults_of(authorization: str, body: bytes, status: int, answer: bytes, *, target: str = "") -> list[str]:
    """Return where a call or its response violates the model; `target` names the operation in the JSON protocol."""
    match = _SCOPE.search(authorization)
    assert match is not None, authorization
    model = _model(_NAMES.get(match["service"], match["service"]))
    if target:
        return _faults_of_json(model.operation_model(target.rpartition(".")[2]), body, status, answer)
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    operation = model.operation_model(form.pop("Action"))
    form.pop("Version")
    ec2 = model.metadata["protocol"] == "ec2"
    shape = operation.input_shape
    assert shape is not None
    params, left = _read(shape, form, ec2=ec2)
    found = [f"{operation.name} has no parameter {name}" for name in left]
    found += list(_check(shape, params, operation.name))
    if status != 200 or operation.output_shape is None:
        return found
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    parsed = parser.parse({"headers": {}, "status_code": status, "body": answer}, operation.output_shape)
    parsed.pop("ResponseMetadata")
    root = ET.fromstring(answer)  # noqa: S314 - it comes from the sandbox
    result = root if ec2 else root.find(f"{{*}}{operation.name}Result")
    assert result is not None, answer
    found += list(_invented(operation.output_shape, result, f"{operation.name} answer"))
    return [*found, *_check(operation.output_shape, parsed, f"{operation.name} answer")]


def _faults_of_json(operation: botocore.model.OperationModel, body: bytes, status: int, answer: bytes) -> list[str]:
    assert operation.input_shape is not None
    assert operation.output_shape is not None
    found = list(_check(operation.input_shape, json.loads(body), operation.name))
    if status == 200:
        found += _check(operation.output_shape, json.loads(answer), f"{operation.name} answer")
    return found


@functools.cache
def _model(service: str) -> botocore.model.ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _read(shape: botocore.model.Shape, form: Mapping[str, str], *, ec2: bool) -> tuple[Any, list[str]]:
    """Return the value that the form encodes, and the names that are not in the shape."""
    if isinstance(shape, botocore.model.StructureShape):
        return _read_structure(shape, form, ec2=ec2)
    if isinstance(shape, botocore.model.ListShape):
        return _read_list(shape, form, ec2=ec2)
    text = form.get("", "")
    match shape.type_name:
        case "integer" | "long":
            return int(text), [name for name in form if name]
        case "boolean":
            return {"true": True, "false": False}[text], [name for name in form if name]
    return text, [name for name in form if name]


def _read_structure(
    shape: botocore.model.StructureShape, form: Mapping[str, str], *, ec2: bool
) -> tuple[JSON, list[str]]:
    value: JSON = {}
    left: list[str] = []
    for head in dict.fromkeys(name.split(".", 1)[0] for name in form):
        members = [name for name, member in shape.members.items() if _written(name, member, ec2=ec2) == head]
        if not members:
            left.append(head)
            continue
        inner = {name[len(head) + 1 :]: text for name, text in form.items() if name.split(".", 1)[0] == head}
        value[members[0]], unknown = _read(shape.members[members[0]], inner, ec2=ec2)
        left += [f"{head}.{name}" for name in unknown]
    return value, left


def _read_list(shape: botocore.model.ListShape, form: Mapping[str, str], *, ec2: bool) -> tuple[list[Any], list[str]]:
    if not ec2 and not shape.serialization.get("flattened"):
        wrapper = shape.member.serialization.get("name", "member")
        form = {name.removeprefix(f"{wrapper}."): text for name, text in form.items() if name}
    values, left = [], []
    for number in sorted({int(name.split(".", 1)[0]) for name in form if name}):
        inner = {name.partition(".")[2]: text for name, text in form.items() if name.split(".", 1)[0] == str(number)}
        value, unknown = _read(shape.member, inner, ec2=ec2)
        values.append(value)
        left += [f"{number}.{name}" for name in unknown]
    return values, left


def _written(name: str, member: botocore.model.Shape, *, ec2: bool) -> str:
    if ec2:
        given = member.serialization.get("queryName")
        wire = member.serialization.get("name", name)
        return str(given or wire[0].upper() + wire[1:])
    if isinstance(member, botocore.model.ListShape) and member.serialization.get("flattened"):
        return str(member.member.serialization.get("name", name))
    return str(member.serialization.get("name", name))


def _invented(shape: botocore.model.Shape, element: ET.Element, path: str) -> Iterator[str]:
    """Return the elements that are not in the model, which botocore silently drops."""
    if isinstance(shape, botocore.model.ListShape):
        for child in element:
            yield from _invented(shape.member, child, path)
    if isinstance(shape, botocore.model.StructureShape):
        members = {str(member.serialization.get("name", name)): member for name, member in shape.members.items()}
        for child in element:
            tag = child.tag.rpartition("}")[2]
            if tag in members:
                yield from _invented(members[tag], child, f"{path}.{tag}")
            elif tag.lower() != "requestid":
                yield f"{path}.{tag} is in no model"


def _check(shape: botocore.model.Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any shape's value
    if not isinstance(value, _TYPES[shape.type_name]):
        yield f"{path} is no {shape.type_name}: {value!r}"
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if isinstance(value, int | float) else len(value) if isinstance(value, str | list) else None
    if size is not None and ((least is not None and size < least) or (most is not None and size > most)):
        yield f"{path} is out of {least}..{most}: {value!r}"
    if isinstance(value, str) and shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        yield f"{path} must be one of {shape.metadata['enum']}: {value!r}"
    if isinstance(value, str) and "pattern" in shape.metadata and not re.fullmatch(shape.metadata["pattern"], value):
        yield f"{path} must be like {shape.metadata['pattern']}: {value!r}"
    if isinstance(shape, botocore.model.StructureShape):
        yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
        for name, entry in value.items():
            yield from _check(shape.members[name], entry, f"{path}.{name}")
    if isinstance(shape, botocore.model.ListShape):
        for number, entry in enumerate(value):
            yield from _check(shape.member, entry, f"{path}[{number}]")
