"""Leaves of the installed packages what the action uses: botocore alone describes over four hundred services."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

CALLED = ("cloudwatch", "ec2", "elbv2", "sts")
FOR_CREDENTIALS = ("signin", "sso", "sso-oidc")  # botocore's credential providers may ask these
UNUSED = (
    "boto3/data",
    "boto3/examples",
    "dateutil/zoneinfo",
    "jsonschema/benchmarks",
    "jsonschema/tests",
    "jsonschema_specifications/tests",
    "referencing/tests",
)


def main(packages: Path) -> None:
    """Trim the packages below `packages`; a folder that is not there any more is an error: the list has to be true."""
    for path in (*unused_services(packages / "botocore" / "data"), *(packages / name for name in UNUSED)):
        shutil.rmtree(path)
    for pattern in ("botocore/data/*/*/examples-*", "**/*.pyi"):
        for path in packages.glob(pattern):
            path.unlink()


def unused_services(data: Path) -> Iterator[Path]:
    """Services that are not called, and of those that are, all versions of the API but the newest."""
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
        if service.name not in (*CALLED, *FOR_CREDENTIALS):
            yield service
        else:
            yield from sorted(service.iterdir())[:-1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
