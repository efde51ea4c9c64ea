"""AWS as a WSGI application: moto's services with AWS's own checks, for one account and the roles it may assume."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from spotaction.sandbox.aws.access_keys import Keys, Signed
from spotaction.sandbox.aws.cloudwatch import CloudWatch
from spotaction.sandbox.aws.ec2 import Ec2
from spotaction.sandbox.aws.elb import OtherAccountElb, StrictElb
from spotaction.sandbox.aws.errors import AwsError, fault_error, render_aws_error
from spotaction.sandbox.aws.service_quotas import ServiceQuotas
from spotaction.sandbox.aws.sts import Sts
from spotaction.sandbox.calls import Call, Service, form
from spotaction.sandbox.gateway import Gateway
from spotaction.sandbox.types import JSON, Moto

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SERVICES: dict[str, Service] = {
    "ec2": "ec2",
    "elasticloadbalancing": "elbv2",
    "sts": "sts",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
}
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/(?P<service>[^/]+)/")
_READING = re.compile("Describe|Get|List|AssumeRole")
_UNSIGNED = "AssumeRoleWithWebIdentity"


class AwsApp:
    """Serves EC2, ELB, STS, CloudWatch and Service Quotas."""

    def __init__(self, gate: Gateway) -> None:
        self._gate = gate
        self._world = gate.world
        self.keys = Keys(gate.world.scenario)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        action = _action(request)
        mutation = _READING.match(action) is None
        response = self._gate.pass_through(request, _service(request, action), action, mutation=mutation, handler=self)
        return response(environ, start_response)

    def serve(self, request: Request, call: Call) -> Response:
        """Execute a call, and return its response or error."""
        try:
            signed = self._signed(request, call)
            handler = self._handler(signed, call.service)
            return _dispatch(handler, request, signed)
        except AwsError as error:
            return render_aws_error(request, call.service, error)

    def fail(self, request: Request, call: Call, fault: JSON) -> Response:
        """Return the error response that a fault specifies."""
        return render_aws_error(request, call.service, fault_error(call.service, fault))

    def _signed(self, request: Request, call: Call) -> Signed:
        if call.name == _UNSIGNED:
            return Signed(self.keys.own, self._world.scenario.region, "sts")
        return self.keys.check(request, self._world.timeline.now)

    def _handler(self, signed: Signed, service: Service) -> Moto:
        at_home = (signed.key.account, signed.region) == (self._world.account.account, self._world.account.region)
        match service:
            case "ec2":
                return Ec2(self._world, signed)
            case "elbv2" if at_home:
                return StrictElb(self._world, signed)
            case "elbv2":
                return OtherAccountElb(signed)
            case "sts":
                return Sts(self._world, self.keys, signed)
            case "cloudwatch":
                return CloudWatch(self._world, signed)
            case "service-quotas":
                return ServiceQuotas(self._world)
        raise AwsError("UnknownOperationException", f"The sandbox has no service {signed.service}.", 404)


def _dispatch(handler: Moto, request: Request, signed: Signed) -> Response:
    url = f"https://{signed.service}.{signed.region}.amazonaws.com{request.full_path}"
    status, headers, body = handler._dispatch(request, url, dict(request.headers))  # noqa: SLF001 - moto's entry
    return Response(body, status=status, headers=headers)


def _action(request: Request) -> str:
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.rsplit(".", 1)[-1]
    if "/operation/" in request.path:
        return request.path.rsplit("/", 1)[-1]
    return form(request).get("Action") or request.args.get("Action") or f"{request.method} {request.path}"


def _service(request: Request, action: str) -> Service:
    match = _SCOPE.search(request.headers.get("Authorization", ""))
    if match is not None:
        return _SERVICES.get(match["service"], "aws")
    return "sts" if action == _UNSIGNED else "aws"
