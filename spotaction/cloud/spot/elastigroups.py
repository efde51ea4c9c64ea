"""Elastigroups through Spot's REST API."""

import itertools
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from spotaction.cloud.spot.call import Call
from spotaction.cloud.spot.errors import is_doubtful, is_gone
from spotaction.cloud.spot.http import SpotHttpClient
from spotaction.cloud.spot.parsing import (
    group_of,
    instance_of,
    is_whole,
    log_lines,
    request_of,
    roll_of,
    suspensions_of,
)
from spotaction.model import marker
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Capacity, Group, GroupId, Instance, JsonObject, LogLine, Roll, Suspension

GROUPS = "/aws/ec2/group"
GROUP = "/aws/ec2/group/{groupId}"
SERVER_KEYS = ("id", "createdAt", "updatedAt")
BETWEEN_LOOKS = 15.0  # seconds between two lists that may show a group whose create was not answered
LOG_ENTRIES = 1000  # the most that Spot gives
ROLLS = {"sort": "createdAt:DESC", "limit": "10"}  # an open one is the newest
LOG_LINES = 20  # the most that a person reads


@dataclass(frozen=True)
class _Before:
    """What there was before a create: the groups that were known, and the time by Spot's clock, None where unknown."""

    known: frozenset[GroupId]
    time: datetime | None

    def led_to(self, group: Group, wanted: Group) -> bool:
        """Whether a listed group is the one that was wanted: by the nonce in its mark.

        Where the description came back without one, by name, image and creation after our first call, by Spot's own
        clock, if it was not there before.
        """
        nonce = marker.read_fields(group.description).get("n", "")
        if nonce:
            return nonce == marker.read_fields(wanted.description).get("n")
        alike = (group.name, group.image_id) == (wanted.name, wanted.image_id) and group.id not in self.known
        # Spot's Date has whole seconds.
        return alike and self.time is not None and group.created_at >= self.time - timedelta(seconds=1)


class SpotElastigroupApi:
    """The groups of one Spot account; implements `ports.ElastigroupApi`."""

    def __init__(self, http: SpotHttpClient) -> None:
        self._http = http
        self._clock = http.patience.clock
        self._known: dict[GroupId, None] = {}

    def time(self) -> datetime:
        """The time by Spot's own clock, once it has answered anything."""
        return self._http.server_time() or self._clock.time()

    def all(self) -> tuple[Group, ...]:
        """All groups of the account.

        A list that lacks a group we have seen is checked group by group, and an empty one is read twice: a stale
        answer must not look like a first deployment.
        """
        groups = self._list_groups() or self._list_groups()
        listed = {group.id for group in groups}
        forgotten = [self.get(group) for group in self._known if group not in listed]
        found = (*groups, *(group for group in forgotten if group is not None))
        self._known = dict.fromkeys(group.id for group in found)
        return found

    def get(self, group: GroupId) -> Group | None:
        """One group; None when Spot says that there is none, or twice answers with nothing."""
        call = Call("GET", GROUP, group)
        try:
            found = self._read_groups(call) or (self._read_groups(call) if group in self._known else ())
        except ApiError as error:
            if is_gone(error):
                return None
            raise
        return self._remember_group(found[0]) if found else None

    def create(self, config: JsonObject) -> Group:
        """Create a group from a bare config (`id`, `createdAt` and `updatedAt` are dropped).

        Nothing at Spot keeps a create from being done twice, so after every doubt the groups are listed until a group
        that was created must show; see `_Before` for which one is ours.
        """
        bare = {key: value for key, value in config.items() if key not in SERVER_KEYS}
        call = Call("POST", GROUPS, body={"group": bare})
        before = _Before(frozenset(self._known), self._http.server_time())
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._remember_group(self._create_once(call))
            except ApiError as error:
                found = self._after_failed_create(call, error, attempt, before)
            if found is not None:
                return self._remember_group(found)

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        """Set all three numbers; an absolute state, so safe to repeat."""
        numbers = {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}
        self._http.send_with_retries(Call("PUT", f"{GROUP}/capacity", group, body={"capacity": numbers}))

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        """Change what is given and nothing else; no call when nothing is."""
        given = {"name": name, "description": description}
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            self._http.send_with_retries(Call("PUT", GROUP, group, body={"group": changes}))

    def delete(self, group: GroupId) -> None:
        """Delete a group; when the answer got lost, look first, and be content when it is gone."""
        call = Call("DELETE", GROUP, group)
        for attempt in itertools.count(1):
            try:
                self._http.send_once(call)
            except ApiError as error:
                if self._still_exists(call, error, attempt):
                    continue
            break
        self._known.pop(group, None)

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        """The group's instances with Spot's health."""
        answer = self._http.send_with_retries(Call("GET", f"{GROUP}/instanceHealthiness", group))
        return tuple(instance_of(item) for item in answer.items)

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        """The group's instances and open requests."""
        answer = self._http.send_with_retries(Call("GET", f"{GROUP}/status", group))
        return tuple(request_of(item) for item in answer.items)

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        """Suspend AUTO_SCALE for `minutes`."""
        body: JsonObject = {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": minutes}]}
        self._http.send_with_retries(Call("POST", f"{GROUP}/suspension", group, body=body))

    def resume_scaling(self, group: GroupId) -> None:
        """Lift the suspension; one that has run out already is fine, and so is a group that is gone."""
        try:
            self._http.send_with_retries(
                Call("DELETE", f"{GROUP}/suspension", group, body={"processes": ["AUTO_SCALE"]})
            )
        except ApiError as error:
            if "SUSPEND_PROCESSES_DOESNT_EXIST" not in error.code and not is_gone(error):
                raise

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        """The suspended processes of a group, None when Spot says that there is no such group."""
        try:
            answer = self._http.send_with_retries(Call("GET", f"{GROUP}/suspension", group))
        except ApiError as error:
            if is_gone(error):
                return None
            raise
        return tuple(suspension for item in answer.items for suspension in suspensions_of(item))

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        """The newest rolls of a group."""
        try:
            return tuple(
                roll_of(item) for item in self._http.send_with_retries(Call("GET", f"{GROUP}/roll", group, ROLLS)).items
            )
        except ApiError as error:
            if is_gone(error):
                return ()
            raise

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        """Up to 20 lines, warnings and errors only, newest first; nothing when the log cannot be read."""
        query = {
            "fromDate": _to_milliseconds(since),
            "toDate": _to_milliseconds(self.time()),
            "severity": "ALL",  # whether WARN includes ERROR is not documented
            "limit": str(LOG_ENTRIES),
        }
        try:
            return log_lines(self._http.send_once(Call("GET", f"{GROUP}/logs", group, query=query)).raw)[:LOG_LINES]
        except (ApiError, CredentialError):
            return ()  # it explains a failure to a person; it must not become another one

    def _list_groups(self) -> tuple[Group, ...]:
        return self._read_groups(Call("GET", GROUPS))

    def _read_groups(self, call: Call) -> tuple[Group, ...]:
        """The groups of an answer; where one of them cannot be read, the answer of a second call counts."""
        items = self._http.send_with_retries(call).items
        with suppress(ApiError):
            groups = tuple(group_of(item) for item in items)
            if all(is_whole(group.capacity) for group in groups):
                return groups
        return tuple(group_of(item) for item in self._http.send_with_retries(call).items)

    def _create_once(self, call: Call) -> Group:
        items = self._http.send_once(call).items
        if items:
            group = group_of(items[0])
            str(group.capacity)  # raises where it cannot be read: the group is there, and is looked for
            return group
        raise ApiError(
            "Spot said yes to the new group and did not name it.",
            service="spot",
            call=str(call),
            status=HTTPStatus.OK,
            retryable=True,
            maybe_applied=True,
        )

    def _after_failed_create(self, call: Call, error: ApiError, attempt: int, before: "_Before") -> Group | None:
        """The group that was made after all; None where the call may be sent once more. Raises `error` if neither."""
        try:
            found = self._look_for(call, error, before) if is_doubtful(error) else None
            if found is None and not self._http.wait_before_retry(call, attempt, error):
                raise error
        except (ApiError, CredentialError):
            raise error from None  # what is in doubt is the create, not the list
        return found

    def _look_for(self, call: Call, error: ApiError, before: "_Before") -> Group | None:
        """Listed until it must show: only then may the call be sent again."""
        until = self._clock.now() + (LIST_LAG if error.retryable else 0.0)
        while True:
            found = self._find_created(call, before)
            left = until - self._clock.now()
            if found is not None or left <= 0:
                return found
            if not self._http.patience.has_time_for(left):
                raise error
            self._clock.sleep(min(BETWEEN_LOOKS, left))

    def _find_created(self, call: Call, before: "_Before") -> Group | None:
        wanted = (call.body or {}).get("group")
        assert isinstance(wanted, dict)
        ours = group_of({**wanted, "id": "sig-wanted", "capacity": {"minimum": 0, "target": 0, "maximum": 0}})
        mine = [group for group in self._list_groups() if before.led_to(group, ours)]
        return min(mine, key=lambda group: group.created_at, default=None)

    def _still_exists(self, call: Call, error: ApiError, attempt: int) -> bool:
        if is_gone(error):
            return False
        if not self._http.wait_before_retry(call, attempt, error):
            raise error
        return not error.maybe_applied or self.get(GroupId(call.group)) is not None

    def _remember_group(self, group: Group) -> Group:
        self._known[group.id] = None
        return group


def _to_milliseconds(when: datetime) -> str:
    return str(int(when.timestamp() * 1000))
