"""Changes that an operator makes in Spot's console during runs of the action."""

from typing import Any

import requests

from spotaction.sandbox.action_transport import SPOT_URL
from spotaction.sandbox.transport import RequestsAdapter
from tests.support.action import JSON, Stand


def click(box: Stand, method: str, path: str, body: Any = None) -> list[JSON]:  # noqa: ANN401 - any JSON
    """Call Spot as an operator; `{name}` in the path is replaced by the id of the group of that name."""
    ids = {group["name"]: group["id"] for group in box.alive()}
    with requests.Session() as session:
        session.mount("https://", RequestsAdapter(box.sandbox.spot_app))
        session.trust_env = False
        answer = session.request(
            method,
            f"{SPOT_URL}/aws/ec2/group{path.format(**ids)}",
            params={"accountId": box.sandbox.account_id},
            headers={"Authorization": f"Bearer {box.sandbox.token}"},
            json=body,
            timeout=10,
        )
    answer.raise_for_status()
    found: list[JSON] = answer.json()["response"].get("items", [])
    return found


def suspend(box: Stand, name: str, minutes: int | None) -> None:
    """Suspend AUTO_SCALE of a group, indefinitely or for that many minutes."""
    click(box, "POST", f"/{{{name}}}/suspension", {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": minutes}]})


def roll(box: Stand, name: str) -> str:
    """Start a slow roll, and return its id."""
    answer = click(box, "PUT", f"/{{{name}}}/roll", {"batchSizePercentage": 34, "gracePeriod": 3600})
    return str(answer[0]["id"])


def stop(box: Stand, name: str, roll: str) -> None:
    """Stop a roll."""
    click(box, "PUT", f"/{{{name}}}/roll/{roll}", {"roll": {"status": "STOPPED"}})
