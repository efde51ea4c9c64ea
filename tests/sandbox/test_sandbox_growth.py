"""What a large group costs the sandbox: four times as many instances are four times the work, and no more."""

import sys
from types import FrameType

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, Aws, Spot, new_group, target_group

GROUPS = "/aws/ec2/group"


def work_of(scenario: JSON, count: int) -> int:
    """Count the function calls of a group's whole life, from its creation until the last instance is gone."""
    clock = JumpingClock()
    box = Sandbox(scenario | {"rate-limit": None}, clock=clock)
    spot, aws, green = Spot(box), Aws(box), target_group(box, "web-green")
    body = new_group(green, target=count)
    body["group"]["capacity"]["maximum"] = count
    calls = 0

    def tally(frame: FrameType, event: str, argument: object) -> None:
        del frame, argument
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        path = f"{GROUPS}/{spot.items('POST', GROUPS, body)[0]['id']}"
        clock.sleep(200)
        assert len(spot.items("GET", f"{path}/instanceHealthiness")) == count
        assert len(aws.elb.describe_target_health(TargetGroupArn=green)["TargetHealthDescriptions"]) == count
        spot.call("DELETE", path)
        clock.sleep(200)
    finally:
        sys.setprofile(before)
    assert all(one["phase"] == "gone" for one in box.state()["groups"][1]["instances"])
    box.close()
    return calls


def test_work_grows_with_the_number_of_instances_and_no_faster(scenario: JSON) -> None:
    scenario["timings"] = {"fulfil": {"seconds": 20, "spread": 10}, "spot-healthy": 40, "target-healthy": 30}
    work_of(scenario, 1)  # what is done once, such as imports, is done now
    small, large = work_of(scenario, 100), work_of(scenario, 400)
    assert large < 4 * small
