"""Proves that the image can do its work, and compiles all that it imports for that: the base image has no bytecode."""

import compileall
import importlib
import importlib.util
import pkgutil
import py_compile
import sys
import sysconfig
import warnings
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from trim import OPERATIONS

REGIONS = {"us-east-1": "amazonaws.com", "us-gov-west-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn"}
_DEPTH = 8  # the model of an action or a filter refers to itself


def main(app: Path, installed: Path) -> None:
    """Import and try everything in `app` on the packages below `installed`, then compile both and the library."""
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(installed)}))
    sys.path[:0] = [str(app), str(packages)]
    warnings.simplefilter("error")  # requests warns when a part of it is missing
    import_all("spotaction")
    try_documents()
    try_pattern()
    try_clients()
    for folder in (app, packages):
        if not compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH):
            sys.exit(f"{folder} cannot be compiled")
    compile_library(installed)


def import_all(package: str) -> None:
    """Import every module of a package."""
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        importlib.import_module(module.name)


def try_documents() -> None:
    """Read a document with the C loader, check it against every schema, and let compiled ones accept their examples."""
    from spotaction.documents import schemas, source  # noqa: PLC0415 - on the path since just now

    document = source.parse_document("group: {name: web}\n", name="trial")
    names = [path.name.removesuffix(".schema.json") for path in schemas.SCHEMAS.glob("*.schema.json")]
    assert names
    for name in names:
        source.check_document(document, name)
    compiled = [path.stem for path in (schemas.SCHEMAS / "compiled").glob("*.py")]
    assert compiled
    for name in compiled:
        assert all(schemas.accepts(example, name) for example in schemas.load_schema(name).get("examples", ())), name


def try_pattern() -> None:
    """Match a name with RE2, which is imported with the first pattern."""
    from spotaction.documents import patterns  # noqa: PLC0415 - on the path since just now

    assert patterns.compile_pattern("web-(a+)+").fullmatch("web-aa")


def try_clients() -> dict[str, set[str]]:
    """Make a client of each service in each partition, and a request of each call with every parameter it has.

    Returns what was tried by region, as `service:Call`.
    """
    import boto3  # noqa: PLC0415 - on the path since just now
    from botocore.serialize import create_serializer  # noqa: PLC0415 - same

    tried: dict[str, set[str]] = {region: set() for region in REGIONS}
    for region, domain in REGIONS.items():
        session: Any = boto3.Session("key", "secret", region_name=region)
        for service, operations in OPERATIONS.items():
            client = session.client(service)
            assert client.meta.endpoint_url.endswith(f"{region}.{domain}"), client.meta.endpoint_url
            model = client.meta.service_model
            for operation in map(model.operation_model, sorted(operations)):
                parameters = make_sample(operation.input_shape)
                serializer = create_serializer(model.metadata["protocol"])
                assert serializer.serialize_to_request(parameters, operation)["body"], operation.name
                assert make_sample(operation.output_shape), operation.name
                tried[region].add(f"{service}:{operation.name}")
    return tried


def make_sample(shape: object, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Return a value that a request or an answer of this shape may have, with every member down to some depth."""
    from botocore.model import ListShape, MapShape, Shape, StructureShape  # noqa: PLC0415 - on the path since main

    match shape:
        case StructureShape():
            members = shape.members.items() if depth < _DEPTH else ()
            return {name: make_sample(member, depth + 1) for name, member in members}
        case ListShape():
            return [make_sample(shape.member, depth + 1)]
        case MapShape():
            return {"key": make_sample(shape.value, depth + 1)}
        case Shape(type_name="integer" | "long" | "float" | "double"):
            return shape.metadata.get("min", 1)
        case Shape(type_name=kind):
            return {"boolean": True, "timestamp": "2026-01-01T00:00:00Z", "blob": b"blob"}.get(kind, "text " * 4)


def compile_library(installed: Path) -> None:
    """Compile those modules of the standard library that were imported, packages as a whole, beside `installed`."""
    library = Path(sysconfig.get_path("stdlib"))
    target = Path(sysconfig.get_path("stdlib", vars={"installed_base": str(installed)}))
    names = {name.partition(".")[0] for name in sys.modules} & sys.stdlib_module_names
    for name in sorted(names):
        sources = [library / f"{name}.py"] if (library / f"{name}.py").is_file() else (library / name).rglob("*.py")
        for source in sources:
            compiled = importlib.util.cache_from_source(str(target / source.relative_to(library)))
            py_compile.compile(
                str(source), compiled, str(source), doraise=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
