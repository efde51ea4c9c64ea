import pytest

from spotaction.github import links


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_instances_are_found_by_the_tag_that_spot_gives_them(region: str, host: str) -> None:
    page = "Instances:tag:spotinst:aws:ec2:group:id=sig-1"
    assert links.ec2_instances("sig-1", region) == f"https://{host}/ec2/home?region={region}#{page}"


def test_without_a_region_there_is_no_page_of_ec2() -> None:
    assert links.ec2_image("ami-1", "") == ""
