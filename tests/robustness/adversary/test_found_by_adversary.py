"""What the adversary found, each as the shortest script that showed it."""

from collections.abc import Mapping

import pytest

from .script import parse_script
from .sweep import try_script

#: As they were printed; where the calls of a deployment have changed since, they fall elsewhere.
FOUND: Mapping[str, str] = {
    "a post step does not take for healthy what the killed run had just told to go": (
        "basic 994 lag-spot-get=36 lag-created-in-list=27 lag-target-health=30 term@3 kill@3"
    ),
    "a new group is not taken for gone where the old one is": (
        "canary 902 lag-spot-get=6 lag-spot-list=60 delete-old@2+9"
    ),
    "a post step after a cancel does not take for healthy what the run had told to go": (
        "shift 459 lag-spot-get=36 lag-spot-list=6 lag-created-in-list=27 lag-target-health=30 term@16+67 term@16+67.4"
        " term@20 term@20+0.4 term@3+32 term@3+35"
    ),
    "production does not go back to a group that a write did not find": (
        "mixed 12 lag-spot-get=18 lag-created-in-list=27 lag-elb-rules=3 lag-target-health=9 delete-old@10"
        " scale-old@4+5=6 until no-post then-continue-by-another=1"
    ),
    "a rollback looks once more at the group that serves again": "swap 815 sick@9+20=2 deregister-old@12+3=2",
    "a post step ends in time while a controller rewrites the rule": (
        "swap 9 controller-green@14+2=7 kill@17+0.5 then-rollback=60"
    ),
    "a group that a write did not find is gone for the manual actions, too": "swap 13 lag-spot-get=36 delete-old@9+0.5",
    "a continue after the end warns when what serves is not healthy": (
        "swap 6 deregister-new@11+158=2 then-continue=1200"
    ),
    "a rollback of what never changed production names an old group that is gone": (
        "basic 5 delete-old@3 delete-new@2+0.5"
    ),
    "a group is not taken for empty because a read is older than its scaling": (
        "basic 14 lag-spot-get=36 lag-spot-list=60 lag-created-in-list=9 lag-elb-rules=3 delete-old@2+5"
        " flap-old@7+0.02=9"
    ),
    "nor by a process that does not know whether it was scaled": "basic 15 lag-spot-get=60 delete-old@2+5 kill@2+22",
    "after a run that died when it had stopped the post step says how to go on": "canary 14 kill@6 until",
    "a new deployment goes back to what it found": "basic 9 delete-old@5+2 point-rule@6 kill@2+2 then-deploy=60",
    "of two runs that a person's edit let pass, the later takes the next number": (
        "basic 13 rival-basic@2+0.02 describe-new@1"
    ),
    "so does the post step of a new deployment": (
        "canary 8 lag-spot-get=36 lag-spot-list=60 lag-elb-rules=9 lag-target-health=9 scale-old@14=6 describe-new@9+20"
        " delete-old@1+174 kill@15 then-rollback=1200 then-deploy=1200"
    ),
    "a new deployment whose rollback is incomplete is compared with what it found": (
        "swap 7 lag-spot-get=36 lag-spot-list=36 lag-created-in-list=90 lag-elb-rules=9 sick-awhile@5+113=8"
        " delete-new@13+9 controller-green@17+0.02=20 scale-new@12+20=6 policy-out-new@3+0.02 aws-down@7+60=12"
        " spot-down@20=12 then-deploy=60"
    ),
    "a rollback warns when Spot keeps the old group smaller than it was": (
        "basic 9 lag-spot-list=6 lag-created-in-list=54 lag-target-health=9 clamp-old@3=1 point-rule@5+20"
        " delete-old@7+60 scale-new+19 controller-green@7+20=7 term@5+2 ahead=86400 then-rollback=1"
    ),
    "of two blue-green runs that a person's edit let pass, one reports the two groups of a name": (
        "swap 9 lag-spot-list=18 lag-created-in-list=54 lag-elb-rules=18 lag-target-health=18 describe-new@3+9"
        " rival@3+2 spot-down@19+20=12 spot-down@11+32=3 then-continue-by-another=60"
    ),
    "of two runs that took the same number before they saw each other, one says so": (
        "basic 7 lag-spot-get=6 lag-spot-list=60 lag-created-in-list=27 lag-elb-rules=9 lag-target-health=3"
        " describe-new@1+2 flap-old@6+9=4 controller-green@7+147=7 describe-old+133 rival-basic@1"
    ),
    "a run that yields and cannot remove its group yet lists it": (
        "basic 9 lag-spot-list=36 lag-created-in-list=54 lag-elb-rules=3 rival-basic@2 flap-new@5=4"
        " without-GITHUB_RUN_ATTEMPT then-continue-by-another=1"
    ),
    "a group whose marker a person edited away is taken for a finished version": (
        "basic 10 lag-spot-list=6 lag-target-health=3 deregister-new+109=1 rival-basic@4 describe-new+177"
    ),
    "an old group that was never scaled down is not scaled back, since Spot may clamp it then": (
        "basic 6 lag-target-health=18 scale-new+1=1 clamp-old@1=1"
    ),
    "a rollback that never changed production tells that a policy scaled it in meanwhile": (
        "shift 15 lag-created-in-list=27 policy-in-old@1 kill+20"
    ),
    "a basic rival that goes first deploys as basic": "shift 2 rival-basic",
    "a basic rival is refused where it would leave a load balancer behind": "mixed 1 rival-basic",
    "a run that a person's edit let pass is refused where it would replace only half of a canary": (
        "canary 13 describe-new@4 rival-basic@5"
    ),
    "a rollback goes back to what the deployment found, which may be an earlier run's unfinished one": (
        "basic 11 refused-old@3=100000 describe-new@7 answer-lost@2 term@4 then-deploy=1 then-rollback-by-another=1"
    ),
    "the number of a group that a late list still shows is not given again": (
        "canary 2 lag-spot-list=6 describe-new@3 clamp-new@5=1 then-deploy=1"
    ),
    "a forced rollback does not go back to an old group that was scaled down a second ago": (
        "mixed 6 lag-spot-list=6 lag-target-health=3 term@10 no-post then-rollback-by-another=1"
    ),
    "a basic run that deploys a blue-green app after a dead run is compared with a basic deployment": (
        "swap 5 lag-spot-get=60 lag-spot-list=60 lag-elb-rules=30 rename-new@5+9 rival-basic@2 describe-old@3+60"
        " kill@1+0.5"
    ),
    "a basic run that begins when a rollback ends is, too": (
        "swap 2 lag-created-in-list=9 lag-target-health=9 rival-basic@18+0.02 controller-blue@6+60=20"
        " answer-lost@16+0.02 without-GITHUB_SERVER_URL then-rollback-by-another=1200 then-rollback-by-another=60"
    ),
    "a post step whose record is older than the swap does not remove the group that serves": (
        "swap 11 lag-spot-get=60 lag-spot-list=36 lag-created-in-list=90 lag-elb-rules=30 lag-target-health=30"
        " suspend-new@6 without-GITHUB_JOB disk-full@3 disk-full@13 until"
    ),
    "a post step whose record is older than the scale-down does not route production to what drains": (
        "swap 16 lag-created-in-list=27 lag-target-health=30 deregister-old@20+0.02=2 rival-basic@2+20 disk-full@2"
        " term@10+9 term@10+12 without-GITHUB_REPOSITORY then-continue=1200"
    ),
    "a canary phase does not take the only healthy instance from an old group that cannot replace the others": (
        "canary 14 lag-spot-list=36 lag-created-in-list=54 lag-elb-rules=9 lag-target-health=18"
        " controller-green@11+20=3 describe-old@11+5 interrupt-old+147=1 interrupt-old@15+2=2 never-boots-old@1+127"
        " no-post then-rollback=60"
    ),
    "a post step without its state leaves alone what an earlier attempt left half-way": (
        "canary 5 lag-spot-get=60 lag-spot-list=60 lag-created-in-list=90 lag-elb-rules=30 lag-target-health=30"
        " kill@1+2 disk-full@3 lost-state then-deploy=60"
    ),
    "a basic rival says nothing of a rule that somebody moves": (
        "swap 4 lag-created-in-list=9 rival-basic@4 controller-green@2+5=3"
    ),
    "a rollback warns of a rule that something writes again after it was restored": (
        "swap 6 lag-spot-get=6 lag-elb-rules=30 controller-green@13+60=3 term@7+9"
    ),
    "a rollback of a run that began beside a swap whose marker was edited away leaves nothing that serves": (
        "swap 6 lag-spot-list=6 lag-elb-rules=3 describe-new@2 rival@5 then-rollback-by-another=1"
    ),
    "a rollback that gives the old group its name back tells of another run's unfinished group of that name": (
        "swap 6 lag-spot-list=6 lag-elb-rules=3 describe-new@2 rival@5 until then-rollback-by-another=1"
    ),
    "and the rollback that it advises leaves nothing of that group": (
        "swap 6 lag-spot-list=6 lag-elb-rules=3 describe-new@2 rival@5 until then-rollback-by-another=1"
        " then-rollback-by-another=60"
    ),
    "a run that yields does not take its healthy targets from an old group that is short of them": (
        "swap 11 lag-created-in-list=9 lag-elb-rules=3 rival-basic@1 deregister-old@6=1"
    ),
    "a blue-green run does not continue the basic deployment that a run which yielded left behind": (
        "swap 7 lag-spot-get=60 lag-spot-list=30 lag-created-in-list=90 lag-elb-rules=15 lag-target-health=30"
        " rival-basic@4 deregister-new@9+40=1 deregister-old@4+40=3 scale-old@4+0.5=2 kill@14+20 then-continue=60"
    ),
    "nor does a forced rollback for which list, group and target health are all late": (
        "mixed 6 lag-spot-get=60 lag-spot-list=60 lag-target-health=30 term@10 no-post then-rollback-by-another=1"
    ),
    "same as running is what a run read in the middle of another's canary": "canary 5 rival-basic@5+9 delete-new@6+5",
    "what a cancelled rival leaves is not the post step's of another run": (
        "canary 16 lag-created-in-list=9 rival-basic@3 term@12 term@9"
    ),
    "a cancel after an incomplete rollback does not hide what is left": (
        "swap 11 delete-old@12+60 term@20 then-rollback-by-another=1"
    ),
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_a_script_that_was_found_stays_mended(text: str) -> None:
    assert try_script(parse_script(text)).violations == ()
