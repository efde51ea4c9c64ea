"""Canary: the new group grows phase by phase, the old one shrinks by as much, and the last phase restores the range."""

from pathlib import Path

import pytest

from tests.support.action import LONG_DRAIN, QUICK, Result, Stand, stand

TEN = {
    **QUICK,
    "elastigroups": [
        {
            "name": "web_prod__7",
            "image": "ami-0aaaaaaaaaaaaaaa1",
            "capacity": {"minimum": 4, "target": 10, "maximum": 12},
            "target-groups": ["web-blue"],
        }
    ],
}


def capacities(result: Result, box: Stand) -> list[tuple[str, str]]:
    """The capacity calls in order: which group, and minimum/target/maximum."""
    names = {group["id"]: group["name"] for group in box.sandbox.state()["groups"]}
    found = []
    for call in result.mutations:
        if call["call"] == "PUT /aws/ec2/group/{id}/capacity":
            numbers = call["body"]["capacity"]
            group = names[call["path"].split("/")[-2]]
            found.append((group, f"{numbers['minimum']}/{numbers['target']}/{numbers['maximum']}"))
    return found


def test_phases_may_mix_percent_and_counts_and_the_last_one_restores_the_range(tmp_path: Path) -> None:
    with stand("canary", tmp_path, TEN) as box:
        result = box.run(canary="10%, 3, 50%")

        assert result.code == 0, result.log
        assert capacities(result, box) == [
            ("web_prod__8", "1/1/1"),
            ("web_prod__7", "9/9/12"),
            ("web_prod__8", "3/3/3"),
            ("web_prod__7", "7/7/12"),
            ("web_prod__8", "5/5/5"),
            ("web_prod__7", "5/5/12"),
            ("web_prod__8", "4/10/12"),
            ("web_prod__7", "0/0/0"),
        ]
        assert result.record["finished"] == [
            "setup",
            "canary-deploy-1",
            "canary-deploy-2",
            "canary-deploy-3",
            "deploy",
        ]


def test_a_phase_is_baked_for_its_own_time_before_the_old_group_shrinks(tmp_path: Path) -> None:
    with stand("canary", tmp_path, TEN) as box:
        result = box.run(canary="10% for 5m, 50%", bake_time="2m", old_instances="drain-first")

        puts = [call for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]
        grown = [puts[0]["time"], puts[2]["time"], puts[4]["time"]]
        shrunk = [puts[1]["time"], puts[3]["time"], puts[5]["time"]]
        baked = [after - before for before, after in zip(grown, shrunk, strict=True)]

        assert [seconds // 60 for seconds in baked] == [5, 2, 2]


@pytest.mark.parametrize(
    ("old_instances", "kept"),
    [("50%", ["5/5/12", "5/5/12", "0/0/0"]), ("4", ["4/4/12", "0/0/0"]), ("100%", ["0/0/0"])],
)
def test_old_instances_says_what_stays_of_the_old_group(tmp_path: Path, old_instances: str, kept: list[str]) -> None:
    lowest = {"50%": 6, "4": 5, "100%": 10}[old_instances]
    with stand("canary", tmp_path, TEN, lowest=lowest, because="the user asked for fewer in a phase") as box:
        result = box.run(canary="10%, 50%", old_instances=old_instances)

        assert result.code == 0, result.log
        # A capacity that the group has already is not written again.
        assert [text for name, text in capacities(result, box) if name == "web_prod__7"] == list(dict.fromkeys(kept))
        assert box.capacities()["web_prod__8"] == "4/10/12"


@pytest.mark.parametrize("old", ["drain-first", ""])
def test_drain_first_waits_for_old_instances_before_the_next_phase_launches(tmp_path: Path, old: str) -> None:
    with stand("canary", tmp_path, TEN, drain=LONG_DRAIN) as box:
        result = box.run(canary="50%", old_instances=old)

        puts = [call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]
        between = puts[2] - puts[1]

        assert (between > 60) == (old == "drain-first")  # an old instance drains for 60 s and more
        assert between == 0 or old == "drain-first"


def test_the_old_group_is_empty_when_the_deployment_is_over(tmp_path: Path) -> None:
    with stand("canary", tmp_path, TEN) as box:
        box.run(canary="50%")

        old = box.groups()["web_prod__7"]
        assert [instance for instance in old["instances"] if instance["phase"] != "gone"] == []


def test_a_bake_that_is_broken_by_an_interruption_begins_anew(tmp_path: Path) -> None:
    with stand("canary", tmp_path, TEN, lowest=9, because="Spot takes an instance away") as box:
        box.sandbox.add_fault({"at": 60, "action": "interrupt", "group": "web_prod__8"})
        result = box.run(canary="50% for 2m")

        puts = [call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]
        assert result.code == 0
        assert puts[1] - puts[0] > 180


def test_a_first_deployment_has_nothing_to_shrink(tmp_path: Path) -> None:
    empty = {**QUICK, "elastigroups": []}
    with stand("canary", tmp_path, empty, lowest=0, because="nothing served before") as box:
        result = box.run(canary="50%")

        assert result.code == 0, result.log
        assert capacities(result, box) == [("web_prod__1", "2/2/2"), ("web_prod__1", "2/3/6")]


def test_old_versions_beyond_those_kept_are_deleted_at_the_end(tmp_path: Path) -> None:
    olds = [
        {
            "name": f"web_prod__{n}",
            "image": "ami-0aaaaaaaaaaaaaaa1",
            "capacity": 0,
            "created": f"2026-11-0{n}T10:00:00Z",
        }
        for n in range(1, 6)
    ]
    with stand("canary", tmp_path, {**TEN, "elastigroups": [*TEN["elastigroups"], *olds]}) as box:
        result = box.run(canary="50%", keep_old="2")

        assert result.code == 0, result.log
        assert sorted(box.groups()) == ["web_prod__5", "web_prod__7", "web_prod__8"]


def test_a_count_above_the_maximum_is_refused_where_it_is_written(tmp_path: Path) -> None:
    with stand("canary", tmp_path, TEN) as box:
        result = box.run(canary="13", instances="min=4,max=12,desired=10")

        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
        assert "canary: canary-deploy-1 deploys 13 instances, more than the maximum of 12 in instances" in result.log


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"canary": "13"},
            "deploys 13 instances, more than the maximum of 12 for the new group (4/10/12, ",
        ),
        (
            {"old-instances": "13"},
            "canary-deploy-1 keeps 13 old instances, more than the maximum of 12 for web_prod__7 (",
        ),
    ],
    ids=["new", "old"],
)
def test_a_count_above_the_running_groups_maximum_is_refused_before_anything_is_written(
    tmp_path: Path, inputs: dict[str, str], said: str
) -> None:
    with stand("canary", tmp_path, TEN) as box:
        result = box.run({"canary": "3", **inputs})

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert said in result.log


def test_under_load_the_old_group_scales_out_in_the_middle_of_a_canary(tmp_path: Path) -> None:
    inputs = {"canary": "20%", "old-instances": "drain-first"}
    with stand("canary", tmp_path, TEN) as box:
        stopped = box.run(inputs, until="canary-deploy-1")
        assert box.capacities()["web_prod__7"] == "8/8/12"
        said = "web_prod__8 stays at 2 in this phase regardless of load; web_prod__7 may scale out to 12."
        assert said in stopped.log

        policy = {"action": "scaling-policy", "group": "web_prod__*", "adjustment": 3}
        box.sandbox.add_fault({"at": stopped.calls[-1]["time"] + 10, **policy})
        box.clock.sleep(60)
        # The new group stays at the share of the requests that was asked for, whatever load it makes.
        assert box.capacities()["web_prod__7"] == "8/11/12"
        assert box.capacities()["web_prod__8"] == "2/2/2"

        done = box.run(inputs, operation="continue")
        assert (done.code, done.outputs["status"]) == (0, "deployed"), done.log
