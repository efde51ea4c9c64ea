"""Imports moto, once and on first use, and returns the backends of one account."""

import functools
import hashlib
import importlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from spotaction.sandbox.types import Moto

_taken: set[str] = set()
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Backends:
    """The moto backends of one account in one region."""

    account: str
    region: str
    ec2: Moto
    elb: Moto
    cloudwatch: Moto


@dataclass(frozen=True, slots=True)
class _Registry:
    ec2: Moto
    elb: Moto
    cloudwatch: Moto
    iam: Moto
    sts: Moto
    random: Moto


def backends(account: str, region: str) -> Backends:
    """Return the account's backends, created on first use."""
    registry = _registry()
    return Backends(
        account,
        region,
        ec2=registry.ec2[account][region],
        elb=registry.elb[account][region],
        cloudwatch=registry.cloudwatch[account][region],
    )


def elb_models() -> Moto:
    """Return moto's module of ELB classes, untyped so that its abstract classes can be instantiated."""
    return importlib.import_module("moto.elbv2.models")


def ec2_images() -> Moto:
    """Return moto's module of images."""
    return importlib.import_module("moto.ec2.models.amis")


def vcpus_of(instance_type: str) -> int:
    """Return the vCPUs of an instance type; 0 for one that moto does not know."""
    found = importlib.import_module("moto.ec2.models.instance_types").INSTANCE_TYPES.get(instance_type, {})
    return int(found.get("VCpuInfo", {}).get("DefaultVCpus", 0))


def parts(result: Moto) -> Mapping[str, Moto]:
    """Return the members of a moto result, before it is serialised."""
    answer: Mapping[str, Moto] = result.result
    return answer


def take(account: str) -> None:
    """Reserve an account for one sandbox; two sandboxes in one process would share its state."""
    with _lock:
        if account in _taken:
            raise ValueError(f"Another sandbox in this process uses the AWS account {account}; close it first.")
        _taken.add(account)


def release(account: str) -> None:
    """Delete everything in the account."""
    registry = _registry()
    with _lock:
        _taken.discard(account)
        for services in (registry.ec2, registry.elb, registry.cloudwatch, registry.iam, registry.sts):
            if account in services:
                del services[account]


def seeded(seed: str) -> "_Seeded":
    """Make moto's random ids reproducible inside the context."""
    return _Seeded(seed)


def stable_hex(*parts: object, length: int) -> str:
    """Return hexadecimal digits that depend only on the parts."""
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()[:length]


class _Seeded:
    def __init__(self, seed: str) -> None:
        self._seed = int(stable_hex(seed, length=15), 16)

    def __enter__(self) -> None:
        _lock.acquire()
        random = _registry().random
        self._state = random.getstate()
        random.seed(self._seed)

    def __exit__(self, *exc_info: object) -> None:
        _registry().random.setstate(self._state)
        _lock.release()


@functools.cache
def _registry() -> _Registry:
    # moto reads this on import: its default images cost a second per call.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415 - see the docstring of this file
    from moto.ec2.models import ec2_backends  # noqa: PLC0415
    from moto.elbv2.models import elbv2_backends  # noqa: PLC0415
    from moto.iam.models import iam_backends  # noqa: PLC0415
    from moto.moto_api._internal import mock_random  # noqa: PLC0415
    from moto.sts.models import sts_backends  # noqa: PLC0415

    return _Registry(
        ec2_backends, elbv2_backends, cloudwatch_backends, iam=iam_backends, sts=sts_backends, random=mock_random
    )
