"""Reuses AWS clients across runs, because building one from its model takes longer than a deployment."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

import requests
from botocore.loaders import Loader

from spotaction.sandbox import Sandbox
from spotaction.sandbox.transport import BotocoreHook, RequestsAdapter
from spotaction.wiring import Transport

if TYPE_CHECKING:
    import boto3

_LOADER = Loader()
_CLIENTS: dict[tuple[object, ...], Any] = {}
_HOOKS: dict[str, BotocoreHook] = {}  # by access key: the current destination of its clients' calls

Wrap = Callable[[WSGIApplication], WSGIApplication]


def wired(sandbox: Sandbox, wrap: Wrap) -> Transport:
    """Return a transport to a sandbox through `wrap`; sandboxes with the same access key share clients."""
    http = requests.Session()
    http.mount("https://", RequestsAdapter(wrap(sandbox.spot_app)))
    http.trust_env = False
    key, secret = sandbox.access_key
    _HOOKS[key] = BotocoreHook(wrap(sandbox.aws_app))

    def adjust(session: "boto3.Session") -> None:
        session._session.register_component("data_loader", _LOADER)
        session._session.set_credentials(key, secret)
        session.events.register("before-send", partial(_answer, key))  # type: ignore[arg-type]
        session.client = _remembering(session.client, key)  # type: ignore[method-assign]

    return Transport(http, adjust)


def _answer(key: str, **event: Any) -> object:  # noqa: ANN401 - botocore's own signature
    return _HOOKS[key](**event)


def _remembering(make: Callable[..., Any], key: str) -> Callable[..., Any]:
    def client(service: str, **options: Any) -> Any:  # noqa: ANN401 - boto3's own signature
        wanted = (key, service, options.get("region_name"), options["config"].user_agent_extra)
        if wanted not in _CLIENTS:
            _CLIENTS[wanted] = make(service, **options)
        return _CLIENTS[wanted]

    return client
