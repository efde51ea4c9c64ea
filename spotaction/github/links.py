"""Where a person looks at what we talk about: the consoles of Spot and AWS."""

from urllib.parse import quote

_SPOT = "https://console.spotinst.com/#/aws/ec2/elastigroup/view/{}"


def spot_group(group: str) -> str:
    """An Elastigroup in Spot's console."""
    return _SPOT.format(quote(group, safe=""))


def ec2_instances(group: str, region: str) -> str:
    """A group's instances in EC2's console, by the tag that Spot gives them; empty without a region."""
    return _ec2_link(region, f"Instances:tag:spotinst:aws:ec2:group:id={quote(group, safe='')}")


def ec2_image(image: str, region: str) -> str:
    """An AMI in EC2's console; empty without a region."""
    return _ec2_link(region, f"ImageDetails:imageId={quote(image, safe='')}")


def _ec2_link(region: str, page: str) -> str:
    if not region:
        return ""
    name = quote(region, safe="")
    hosts = {"cn-": f"{name}.console.amazonaws.cn", "us-gov-": f"{name}.console.amazonaws-us-gov.com"}
    host = next((host for prefix, host in hosts.items() if region.startswith(prefix)), f"{name}.console.aws.amazon.com")
    return f"https://{host}/ec2/home?region={name}#{page}"
