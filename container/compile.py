"""Proves that the image can do its work, and compiles all that it imports for that: the base image has no bytecode."""

import compileall
import importlib
import importlib.util
import pkgutil
import py_compile
import re
import sys
import sysconfig
import warnings
from pathlib import Path
from py_compile import PycInvalidationMode

REGIONS = {"us-east-1": "amazonaws.com", "us-gov-west-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn"}
CALL = re.compile(r'"(cloudwatch|ec2|elbv2|sts):([A-Z]\w+)"')


def main(app: Path, installed: Path) -> None:
    """Import and try everything in `app` on the packages below `installed`, then compile both and the library."""
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(installed)}))
    sys.path[:0] = [str(app), str(packages)]
    warnings.simplefilter("error")  # requests warns when a part of it is missing
    import_all("spotaction")
    try_documents()
    try_pattern()
    try_clients(app)
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
    """Read a document with the C loader, and check it against every schema."""
    from spotaction.documents import schemas, source  # noqa: PLC0415 - on the path since just now

    document = source.parse_document("group: {name: web}\n", name="trial")
    names = [path.name.removesuffix(".schema.json") for path in schemas.SCHEMAS.glob("*.schema.json")]
    assert names
    for name in names:
        source.check_document(document, name)


def try_pattern() -> None:
    """Match a name with RE2, which is imported with the first pattern."""
    from spotaction.documents import patterns  # noqa: PLC0415 - on the path since just now

    assert patterns.compile_pattern("web-(a+)+").fullmatch("web-aa")


def try_clients(app: Path) -> None:
    """Make a client of each service in each partition, and see that it knows the calls that `cloud/aws` names."""
    import boto3  # noqa: PLC0415 - on the path since just now

    calls = {found for file in app.glob("spotaction/cloud/aws/*.py") for found in CALL.findall(file.read_text("utf-8"))}
    assert {service for service, _ in calls} == {"cloudwatch", "ec2", "elbv2", "sts"}
    for region, domain in REGIONS.items():
        session = boto3.Session("key", "secret", region_name=region)
        for service, operation in sorted(calls):
            client = session.client(service)
            assert client.meta.endpoint_url.endswith(f"{region}.{domain}"), client.meta.endpoint_url
            assert client.meta.service_model.operation_model(operation).input_shape is not None


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
