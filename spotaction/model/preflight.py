"""What EC2 knows about an AMI and the capacity for it, read before the first write."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Volume:
    """A volume that an AMI creates: its size in GiB, and its device name."""

    device: str
    size: int


@dataclass(frozen=True)
class ImageFacts:
    """An AMI as EC2 describes it, in EC2's words; empty or None where EC2 says nothing.

    Times are EC2's texts (ISO, UTC). `highest_finding` is Inspector's severity, `none` after a scan without findings,
    `scanned` the time of its scan, `fixes_since` by severity since when there is a fix. `watermarks` are
    `account:name`. `volumes` are those that its snapshots fill. Types may have the wildcard `*`.
    """

    boot_mode: str = ""
    ena: bool | None = None
    tpm: str = ""
    imds: str = ""
    virtualization: str = ""
    root_device_type: str = ""
    volumes: tuple[Volume, ...] = ()
    deprecation_time: str = ""
    last_launched_time: str = ""
    source: str = ""
    is_public: bool | None = None
    is_allowed: bool | None = None
    supported_types: tuple[str, ...] = ()
    unsupported_types: tuple[str, ...] = ()
    watermarks: tuple[str, ...] = ()
    highest_finding: str = ""
    scanned: str = ""
    fixes_since: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InstanceType:
    """An instance type: its number of vCPUs, and what it can boot. `ena` is unsupported, supported or required."""

    name: str
    vcpus: int
    boot_modes: tuple[str, ...] = ()
    ena: str = ""
    has_tpm: bool | None = None


@dataclass(frozen=True)
class CapacityQuery:
    """What to read: about these instance types, for so many new instances; `standard` asks for the vCPU quota.

    `target_groups` are ARNs whose deregistration delays are read.
    """

    instance_types: tuple[str, ...] = ()
    instances: int = 0
    standard: bool = False
    target_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class CapacityFacts:
    """What could be read, and in `unread` why the rest could not.

    `score` is the region's Spot placement score, 1 to 10. `quota` and `used` are Spot vCPUs of the account's standard
    families. `delays` are deregistration delays in seconds, `missing` the target groups that ELB does not know.
    """

    types: Mapping[str, InstanceType] = field(default_factory=dict)
    score: int | None = None
    quota: float | None = None
    used: float | None = None
    delays: Mapping[str, float] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
