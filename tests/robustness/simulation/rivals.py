"""Another run that begins to deploy the same app at the same time: its group, with its mark, is the older one."""

import json

from werkzeug.test import Client

from spotaction.model import marker
from spotaction.model.deployment import Deployment, Run
from spotaction.model.marker import State
from spotaction.model.resources import AppName, Image, ImageId
from spotaction.sandbox.types import GroupId

from .courses import COURSES
from .simulation import Simulation


def begin_rival(found: Simulation) -> None:
    """Have the rival's group created, as its own run would."""
    old = found.sandbox._world.groups[GroupId(found.old)]
    theirs = Deployment(
        app=AppName("web_prod"),
        strategy="basic",
        run=Run(id="9999", attempt="1", repository="example/web"),
        image=Image(ImageId("ami-0aaaaaaaaaaaaaaa2"), ""),
        deadline=int(found.clock.now() + 900),
    )
    group = json.loads(json.dumps(old.document))
    group |= {"name": COURSES[found.strategy].new, "description": marker.write_marker(theirs, State.RUNNING)}
    group["capacity"] = {"minimum": 0, "target": 0, "maximum": 0, "unit": "instance"}
    answer = Client(found.sandbox.spot_app).post(
        "/aws/ec2/group",
        query_string={"accountId": found.sandbox.account_id},
        headers={"Authorization": f"Bearer {found.sandbox.token}"},
        json={"group": {key: value for key, value in group.items() if key not in {"id", "createdAt", "updatedAt"}}},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found.founded = {**found.founded, answer.get_json()["response"]["items"][0]["id"]: "rival"}
    found.new = found.sandbox._world.new_group_id()
    found.clock.sleep(1.0)  # of two groups of one moment the id decides; here the rival's is the older one
