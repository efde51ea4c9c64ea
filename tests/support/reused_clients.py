"""Reuses AWS clients and prepared requests across runs, because to build them takes longer than a deployment.

What is sent is what the libraries prepared for the same call before, with its signature, which the sandbox verifies.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from threading import local
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

import requests
from botocore.loaders import Loader

from spotaction.sandbox import Sandbox
from spotaction.sandbox.transport import BotocoreHook, RequestsAdapter
from spotaction.wiring import Transport

if TYPE_CHECKING:
    import boto3

_MOST = 2000  # prepared requests of a client
_LOADER = Loader()
_CLIENTS: dict[tuple[object, ...], Any] = {}
_REQUESTS: dict[str, requests.PreparedRequest] = {}
_HOOKS: dict[str, BotocoreHook] = {}  # by access key: the current destination of its clients' calls

Wrap = Callable[[WSGIApplication], WSGIApplication]


def share_access_key(sandbox: Sandbox) -> None:
    """Give a sandbox the key of all that do so with its AWS account, of which one is used at a time."""
    keys = sandbox._aws.keys
    keys.own = replace(keys.own, id=f"AKIA{keys.own.account:0>16}", secret="shared-across-sandboxes-in-one-process")
    keys.add(keys.own)


def wired(sandbox: Sandbox, wrap: Wrap) -> Transport:
    """Return a transport to a sandbox through `wrap`; sandboxes with the same access key share clients."""
    http = _Session()
    http.mount("https://", RequestsAdapter(wrap(sandbox.spot_app)))
    http.trust_env = False
    key, secret = sandbox.access_key
    _HOOKS[key] = BotocoreHook(wrap(sandbox.aws_app))

    def adjust(session: "boto3.Session") -> None:
        session._session.register_component("data_loader", _LOADER)
        session._session.set_credentials(key, secret)
        session.events.register("before-send", partial(_answer, key))  # type: ignore[arg-type]
        session.client = _remembering(session.client, key)  # type: ignore[method-assign]

    return Transport(http, adjust, in_turn=True)


def _answer(key: str, **event: Any) -> object:  # noqa: ANN401 - botocore's own signature
    return _HOOKS[key](**event)


def _remembering(make: Callable[..., Any], key: str) -> Callable[..., Any]:
    def client(service: str, **options: Any) -> Any:  # noqa: ANN401 - boto3's own signature
        wanted = (key, service, options.get("region_name"), options["config"].user_agent_extra)
        if wanted not in _CLIENTS:
            _CLIENTS[wanted] = _preparing_once(make(service, **options))
        return _CLIENTS[wanted]

    return client


def _preparing_once(client: Any) -> Any:  # noqa: ANN401 - botocore's clients have no common public type
    """Have a client serialise, address and sign each call with the same parameters once; the rest is botocore's."""
    endpoint, make_call, create = client._endpoint, client._make_api_call, client._endpoint.create_request
    prepared: dict[str, tuple[Any, dict[str, object]]] = {}
    thread = local()

    def create_request(request: dict[str, Any], model: object) -> Any:  # noqa: ANN401 - botocore's own signature
        if thread.call not in prepared:
            if len(prepared) >= _MOST:
                prepared.clear()
            context = {name: value for name, value in request["context"].items() if name != "retries"}
            prepared[thread.call] = create(request, model), context
        return prepared[thread.call][0]

    def call(operation: str, parameters: dict[str, object]) -> Any:  # noqa: ANN401 - botocore's own signature
        thread.call = f"{operation} {json.dumps(parameters, sort_keys=True, default=repr)}"
        if thread.call not in prepared:
            return make_call(operation, parameters)
        context = dict(prepared[thread.call][1])
        model = client.meta.service_model.operation_model(operation)
        response, answer = client._make_request(model, {"context": context}, context)
        if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        raise client.exceptions.from_code(answer.get("Error", {}).get("Code"))(answer, operation)

    client._make_api_call, endpoint.create_request = call, create_request
    return client


class _Session(requests.Session):
    """A session that prepares equal requests once."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        assert [each for each in (self.cookies, request.cookies, request.files) if each] == []  # no part of `wanted`
        token = getattr(request.auth, "token", None)
        body = [request.params, request.data, request.json]
        wanted = json.dumps([request.method, request.url, body, dict(request.headers), token])
        if wanted not in _REQUESTS:
            _REQUESTS[wanted] = super().prepare_request(request)
        return _REQUESTS[wanted]
