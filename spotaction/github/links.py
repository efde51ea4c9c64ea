"""Links to the EC2 console."""

from urllib.parse import quote


def ec2_instances(group: str, region: str) -> str:
    """Return the URL of a group's instances in the EC2 console, found by Spot's tag; empty without a region."""
    return _ec2_link(region, f"Instances:tag:spotinst:aws:ec2:group:id={quote(group, safe='')}")


def ec2_image(image: str, region: str) -> str:
    """Return the URL of an AMI in the EC2 console; empty without a region."""
    return _ec2_link(region, f"ImageDetails:imageId={quote(image, safe='')}")


def _ec2_link(region: str, page: str) -> str:
    if not region:
        return ""
    name = quote(region, safe="")
    hosts = {"cn-": f"{name}.console.amazonaws.cn", "us-gov-": f"{name}.console.amazonaws-us-gov.com"}
    host = next((host for prefix, host in hosts.items() if region.startswith(prefix)), f"{name}.console.aws.amazon.com")
    return f"https://{host}/ec2/home?region={name}#{page}"
