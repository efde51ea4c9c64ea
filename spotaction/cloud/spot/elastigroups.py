"""Elastigroups through Spot's REST API."""

import itertools
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from spotaction.cloud.spot.call import Call
from spotaction.cloud.spot.errors import is_doubtful
from spotaction.cloud.spot.http import SpotHttpClient
from spotaction.cloud.spot.parsing import (
    group_of,
    instance_of,
    is_readable,
    log_lines,
    request_of,
    roll_of,
    suspensions_of,
)
from spotaction.model import marker
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import LIST_LAG, ElastigroupApi
from spotaction.model.resources import Capacity, Group, GroupId, Instance, JsonObject, LogLine, Roll, Suspension

GROUPS = "/aws/ec2/group"
GROUP = "/aws/ec2/group/{groupId}"
SERVER_KEYS = ("id", "createdAt", "updatedAt")
POLL_SECONDS = 15.0  # between two lists that may show a group whose create had no response
LOG_ENTRIES = 1000  # the most that Spot returns
ROLLS = {"sort": "createdAt:DESC", "limit": "10"}  # an open one is the newest
LOG_LINES = 20  # the most that are useful to a person


@dataclass(frozen=True)
class _Before:
    """The state before a create: the known groups, and the time by Spot's clock, None if unknown."""

    known: frozenset[GroupId]
    time: datetime | None

    def is_result(self, group: Group, wanted: Group) -> bool:
        """Whether a listed group is the one that was to be created, by the nonce in its marker.

        If its description has none, by name, image and a creation time after our first call, if it was not known.
        """
        nonce = marker.read_fields(group.description).get("n", "")
        if nonce:
            return nonce == marker.read_fields(wanted.description).get("n")
        alike = (group.name, group.image_id) == (wanted.name, wanted.image_id) and group.id not in self.known
        # Spot's Date has whole seconds.
        return alike and self.time is not None and group.created_at >= self.time - timedelta(seconds=1)


class SpotElastigroupApi(ElastigroupApi):
    """The groups of one Spot account."""

    def __init__(self, http: SpotHttpClient) -> None:
        self._http = http
        self._clock = http.retry_policy.clock
        self._known: dict[GroupId, None] = {}

    def time(self) -> datetime:
        """Return the time by Spot's own clock; the local time before its first response."""
        return self._http.server_time() or self._clock.time()

    def all(self) -> tuple[Group, ...]:
        """Return all groups of the account.

        Groups that are missing from the list although they were seen before are read one by one, and an empty list is
        read twice: a stale list must not look like a first deployment.
        """
        groups = self._list_groups() or self._list_groups()
        listed = {group.id for group in groups}
        forgotten = [self.get(group) for group in self._known if group not in listed]
        found = (*groups, *(group for group in forgotten if group is not None))
        self._known = dict.fromkeys(group.id for group in found)
        return found

    def get(self, group: GroupId) -> Group | None:
        """Return one group; None if Spot reports that it does not exist, or twice returns nothing."""
        call = Call("GET", GROUP, group)
        try:
            found = self._read_groups(call) or (self._read_groups(call) if group in self._known else ())
        except ApiError as error:
            if error.is_group_gone:
                return None
            raise
        return self._remember_group(found[0]) if found else None

    def create(self, config: JsonObject) -> Group:
        """Create a group from a bare config (`id`, `createdAt` and `updatedAt` are dropped), and return it.

        Spot has no idempotency token, so after a doubtful response the groups are listed until a created group must
        have appeared; `_Before` tells which one is ours. Only then is the call repeated.
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
        """Set minimum, target and maximum; an absolute state, so safe to repeat."""
        numbers = {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}
        self._http.send_with_retries(Call("PUT", f"{GROUP}/capacity", group, body={"capacity": numbers}))

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        """Change the name, the description or both; sends nothing if neither is given."""
        given = {"name": name, "description": description}
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            self._http.send_with_retries(Call("PUT", GROUP, group, body={"group": changes}))

    def delete(self, group: GroupId) -> None:
        """Delete a group. After a lost response it is read first, and nothing is repeated if it is gone."""
        call = Call("DELETE", GROUP, group)
        until = self._http.retry_policy.last_retry(mutation=call.mutation)
        for attempt in itertools.count(1):
            try:
                self._http.send_once(call)
            except ApiError as error:
                if self._still_exists(call, error, attempt, until):
                    continue
            break
        self._known.pop(group, None)

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        """Return the group's instances with their health in Spot."""
        answer = self._http.send_with_retries(Call("GET", f"{GROUP}/instanceHealthiness", group))
        return tuple(instance_of(item) for item in answer.items)

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        """Return the group's instances and open requests, with the status of each request."""
        answer = self._http.send_with_retries(Call("GET", f"{GROUP}/status", group))
        return tuple(request_of(item) for item in answer.items)

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        """Suspend AUTO_SCALE for `minutes`."""
        body: JsonObject = {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": minutes}]}
        self._http.send_with_retries(Call("POST", f"{GROUP}/suspension", group, body=body))

    def resume_scaling(self, group: GroupId) -> None:
        """Lift the suspension; does nothing if it has expired or the group is gone."""
        try:
            self._http.send_with_retries(
                Call("DELETE", f"{GROUP}/suspension", group, body={"processes": ["AUTO_SCALE"]})
            )
        except ApiError as error:
            if "SUSPEND_PROCESSES_DOESNT_EXIST" not in error.code and not error.is_group_gone:
                raise

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        """Return the suspended processes of a group; None if the group does not exist."""
        try:
            answer = self._http.send_with_retries(Call("GET", f"{GROUP}/suspension", group))
        except ApiError as error:
            if error.is_group_gone:
                return None
            raise
        return tuple(suspension for item in answer.items for suspension in suspensions_of(item))

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        """Return the newest rolls of a group; empty if it does not exist."""
        try:
            return tuple(
                roll_of(item) for item in self._http.send_with_retries(Call("GET", f"{GROUP}/roll", group, ROLLS)).items
            )
        except ApiError as error:
            if error.is_group_gone:
                return ()
            raise

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        """Return up to 20 warnings and errors, newest first; empty if the log cannot be read."""
        query = {
            "fromDate": _to_milliseconds(since),
            "toDate": _to_milliseconds(self.time()),
            "severity": "ALL",  # whether WARN includes ERROR is not documented
            "limit": str(LOG_ENTRIES),
        }
        try:
            return log_lines(self._http.send_once(Call("GET", f"{GROUP}/logs", group, query=query)).raw)[:LOG_LINES]
        except (ApiError, CredentialError):
            return ()  # it only explains a failure, and must not become another one

    def _list_groups(self) -> tuple[Group, ...]:
        return self._read_groups(Call("GET", GROUPS))

    def _read_groups(self, call: Call) -> tuple[Group, ...]:
        """The groups of a response. If one of them is unreadable, the response of a second call counts."""
        items = self._http.send_with_retries(call).items
        with suppress(ApiError):
            groups = tuple(group_of(item) for item in items)
            if all(is_readable(group.capacity) for group in groups):
                return groups
        return tuple(group_of(item) for item in self._http.send_with_retries(call).items)

    def _create_once(self, call: Call) -> Group:
        items = self._http.send_once(call).items
        if items:
            group = group_of(items[0])
            str(group.capacity)  # raises if it is unreadable: the group exists, and is searched for
            return group
        raise ApiError(
            "Spot accepted the create request but returned no group id.",
            service="spot",
            call=str(call),
            status=HTTPStatus.OK,
            retryable=True,
            maybe_applied=True,
        )

    def _after_failed_create(self, call: Call, error: ApiError, attempt: int, before: "_Before") -> Group | None:
        """The group that was created after all; None if the call may be sent again. Raises `error` otherwise."""
        try:
            found = self._await_created(call, error, before) if is_doubtful(error) else None
            if found is None and not self._http.wait_before_retry(call, attempt, error):
                raise error
        except (ApiError, CredentialError):
            raise error from None  # the error to report is that of the create, not of the list
        return found

    def _await_created(self, call: Call, error: ApiError, before: "_Before") -> Group | None:
        """Lists groups until a created one must have appeared: only then may the call be sent again."""
        until = self._clock.now() + (LIST_LAG if error.retryable else 0.0)
        while True:
            found = self._find_created(call, before)
            left = until - self._clock.now()
            if found is not None or left <= 0:
                return found
            if not self._http.retry_policy.has_time_for(left):
                raise error
            self._clock.sleep(min(POLL_SECONDS, left))

    def _find_created(self, call: Call, before: "_Before") -> Group | None:
        wanted = (call.body or {}).get("group")
        assert isinstance(wanted, dict)
        ours = group_of({**wanted, "id": "sig-wanted", "capacity": {"minimum": 0, "target": 0, "maximum": 0}})
        mine = [group for group in self._list_groups() if before.is_result(group, ours)]
        return min(mine, key=lambda group: group.created_at, default=None)

    def _still_exists(self, call: Call, error: ApiError, attempt: int, until: float) -> bool:
        if error.is_group_gone:
            return False
        if not self._http.wait_before_retry(call, attempt, error, until):
            raise error
        return not error.maybe_applied or self.get(GroupId(call.group)) is not None

    def _remember_group(self, group: Group) -> Group:
        self._known[group.id] = None
        return group


def _to_milliseconds(when: datetime) -> str:
    return str(int(when.timestamp() * 1000))
