"""Records every exchange between the action and the clouds without changing it."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from werkzeug import Request
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class Exchange:
    """One request and its response."""

    request: Request
    body: bytes
    status: int
    answer: bytes


@dataclass
class Recorder:
    """Wraps the applications of both clouds."""

    exchanges: list[Exchange] = field(default_factory=list)

    def around(self, app: WSGIApplication) -> WSGIApplication:
        """Return the application, with its exchanges recorded."""

        def watched(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            request = Request(environ)
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)
            chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
            answer = b"".join(chunks)
            self.exchanges.append(Exchange(request, body, int(status.split()[0]), answer))
            start_response(status, list(headers))
            return [answer]

        return watched
