"""Instances and images in moto's EC2."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.sandbox.aws.instance_index import InstanceIndex
from spotaction.sandbox.aws.moto_backends import Backends, backends, ec2_images, seeded
from spotaction.sandbox.scenario import Scenario, parse_time
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.types import JSON, InstanceId, Moto


@dataclass(frozen=True, slots=True)
class LaunchedInstance:
    """A launched instance."""

    id: str
    private_ip: str | None
    public_ip: str | None


class Instances:
    """Launches and terminates instances as Spot does, and creates the account's images."""

    def __init__(self, account: Backends, seed: int) -> None:
        self.ec2 = account.ec2
        self._account = account
        self._seed = seed
        self._instances = InstanceIndex(self.ec2)
        self._subnets = {subnet.id: subnet for zone in self.ec2.subnets.values() for subnet in zone.values()}
        self._zones = {subnet.availability_zone: subnet for subnet in self._subnets.values()}

    def build_images(self, scenario: Scenario) -> None:
        """Create the scenario's images."""
        for entry in scenario.images:
            home = self._account
            if entry.get("region", home.region) != home.region:
                home = backends(home.account, entry["region"])
            home.ec2.amis[entry["id"]] = _image(home.ec2, entry)

    def launchable(self, image: str) -> bool:
        """Return whether an instance can be launched from the image."""
        ami = self.ec2.amis.get(image)
        return ami is not None and ami.state == "available"

    def zones(self, document: JSON) -> list[str]:
        """Return the names of the availability zones in which a group launches."""
        compute = document["compute"]
        named = [zone["name"] for zone in compute.get("availabilityZones") or []]
        known = [
            self._subnets[subnet].availability_zone
            for subnet in compute.get("subnetIds") or []
            if subnet in self._subnets
        ]
        return named or known or sorted(self._zones)

    def launch(self, group: Group, member: Member) -> LaunchedInstance:
        """Run one instance, tagged as Spot tags it."""
        tags = {tag["tagKey"]: tag["tagValue"] for tag in group.launch.get("tags") or []}
        tags |= {"spotinst:aws:ec2:group:id": group.id, "spotinst:aws:ec2:group:name": group.name}
        # A configured zone that the sandbox's VPC lacks does not fail the launch: the first subnet is used.
        subnet = self._zones.get(member.zone) or next(iter(self._subnets.values()))
        with seeded(f"{self._seed}/{self._account.account}/{group.id}/{member.ordinal}"):
            reservation = self.ec2.run_instances(
                image_id=member.image,
                count=1,
                user_data=group.launch.get("userData"),
                security_group_names=[],
                instance_type=member.instance_type,
                subnet_id=subnet.id,
                is_instance_type_default=True,  # moto accepts a missing instance type
                security_group_ids=[],
                tags={"instance": tags},
                keypair=None,
                block_device_mappings=[],  # volumes are never read
                instance_market_options={"MarketType": "spot"} if member.spot_request else None,
            )
        instance = reservation.instances[0]
        return LaunchedInstance(instance.id, instance.private_ip, getattr(instance, "public_ip", None))

    def terminate(self, instance: InstanceId) -> None:
        """Terminate an instance, unless it is terminated already."""
        if self.state(instance) != "terminated":
            self.ec2.terminate_instances([instance])

    def running(self, instance: InstanceId) -> bool:
        """Return whether the instance is running."""
        return self.state(instance) == "running"

    def state(self, instance: str) -> str | None:
        """Return the EC2 state of an instance, or None if there is none."""
        found = self._instances.find(instance)
        return None if found is None else str(found.state)


def _image(ec2: Moto, entry: JSON) -> Moto:
    owner = entry.get("owner", ec2.account_id)
    created = parse_time(entry.get("created", "2026-01-01T00:00:00Z"))
    image = ec2_images().Ami(
        ec2,
        entry["id"],
        name=entry["name"],
        description=entry.get("description"),
        owner_id="137112412989" if owner == "amazon" else owner,
        owner_alias="amazon" if owner == "amazon" else None,
        public=entry.get("public", owner == "amazon"),
        virtualization_type="hvm",
        architecture=entry.get("architecture", "x86_64"),
        hypervisor="xen",
        root_device_type="ebs",
        state=entry.get("state", "available"),
        creation_date=dt.datetime.fromtimestamp(created, tz=dt.UTC),
        tags=entry.get("tags", {}),
    )
    image.deprecation_time = entry.get("deprecated")
    _describe(image, entry)
    return image


def _describe(image: Moto, entry: JSON) -> None:
    """Give a moto image the attributes of a scenario's entry, and the values by which filters find it."""
    findings, types = entry.get("findings", {}), entry.get("instance-types", {})
    image.boot_mode = entry.get("boot-mode")
    image.ena_support = entry.get("ena-support", True)
    image.imds_support = entry.get("imds-support")
    image.tpm_support = entry.get("tpm-support")
    image.source_image_id = entry.get("source-image")
    image.last_launched_time = entry.get("last-launched")
    image.image_watermarks = [{"WatermarkKey": key} for key in entry.get("watermarks", [])]
    image.scan_results = _scan_results(findings) if findings else None
    image.instance_type_specification = (
        {
            "SupportedInstanceTypes": [{"InstanceType": each} for each in types.get("supported", [])],
            "UnsupportedInstanceTypes": [{"InstanceType": each} for each in types.get("unsupported", [])],
        }
        if types
        else None
    )
    image.found_by = {**dict(_filter_values(entry)), **entry.get("found-by", {})}


def _scan_results(findings: JSON) -> JSON:
    found = {"FindingScanDate": _when(findings["scanned"])}
    if "highest" in findings:
        found["HighestFindingSeverityLabel"] = findings["highest"]
    fixes = findings.get("fixes-since", {})
    return found | {f"{severity.capitalize()}FixAvailableSince": _when(since) for severity, since in fixes.items()}


def _filter_values(entry: JSON) -> Iterator[tuple[str, list[object]]]:
    yield "ena-support", [entry.get("ena-support", True)]
    if entry.get("watermarks"):
        yield "image-watermark.watermark-key", entry["watermarks"]
    if "highest" in entry.get("findings", {}):
        yield "scan-result.highest-finding-severity-label", [entry["findings"]["highest"]]


def _when(moment: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(parse_time(moment), tz=dt.UTC)
