"""Translates botocore's exceptions into errors with a next step for the person on call."""

from http import HTTPStatus

from botocore import exceptions as boto

from spotaction.model.errors import ApiError, CredentialError, SpotactionError
from spotaction.model.redaction import truncate

IAM_PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
}  # of other services the client's name
IAM_NAMES = {"lambda:Invoke": "InvokeFunction"}  # of other calls the call's own name
LONGEST = 400  # characters of AWS's own message; EC2 appends thousands of encoded ones
THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
    "SlowDown",
)
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
UNKNOWN_CALLER = (
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
NEXT_STEPS = {
    "ListenerNotFound": "check the load balancer: the listener does not exist, or was deleted",
    "LoadBalancerNotFound": "check the name and the region of the load balancer",
    "RuleNotFound": "check the listener's rules: the rule does not exist, or was deleted",
    "TargetGroupNotFound": "check the target groups' names, account and region",
    "TargetGroupAssociationLimit": "use a target group that no other load balancer uses",
    "IncompatibleProtocols": "use a target group whose protocol fits the listener's",
    "InvalidLoadBalancerAction": "target groups with stickiness need stickiness on the rule as well",
    "OptInRequired": "enable the region or service for the account",
}
GET_CREDENTIALS = (
    "run aws-actions/configure-aws-credentials before this step (or set role-to-assume, with the job's"
    " `permissions: id-token: write`)"
)
CORRECT_KEYS = (
    "correct or unset the AWS keys in the environment of this step; without keys, role-to-assume is assumed with the"
    " job's OIDC token (`permissions: id-token: write`)"
)
TRUST = (
    "check the trust policy of role-to-assume: the provider token.actions.githubusercontent.com, the audience"
    " sts.amazonaws.com, and a sub that fits this repository, branch or environment"
)
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
RENEW_KEYS = (
    "use role-to-assume, whose keys the action renews while it runs, or configure a longer session in"
    " configure-aws-credentials (role-duration-seconds)"
)
NO_CREDENTIALS: dict[type[Exception], tuple[str, str]] = {
    boto.NoCredentialsError: ("No AWS credentials were found.", GET_CREDENTIALS),
    boto.PartialCredentialsError: ("The AWS credentials are incomplete.", GET_CREDENTIALS),
    boto.CredentialRetrievalError: ("The AWS credentials could not be fetched.", GET_CREDENTIALS),
    boto.TokenRetrievalError: ("The AWS SSO session has expired.", GET_CREDENTIALS),
    boto.SSOError: ("The AWS SSO session has expired.", GET_CREDENTIALS),
    boto.ProfileNotFound: (
        "AWS_PROFILE names a profile that does not exist: a container cannot read the host's ~/.aws.",
        "unset AWS_PROFILE; " + GET_CREDENTIALS,
    ),
    boto.NoRegionError: ("No AWS region is set.", "set the input aws-region, AWS_REGION or AWS_DEFAULT_REGION"),
}


def translate_error(error: Exception, *, call: str, mutation: bool, for_role: bool = False) -> SpotactionError:
    """Return the error for a failed `call`, named `client:Operation`.

    With `for_role`, the keys in the environment are used to assume a role. The botocore exception must not be chained:
    those of the transport contain the signed request.
    """
    if isinstance(error, boto.ClientError):
        return _from_refusal(error, call=call, mutation=mutation, for_role=for_role)
    for kind, (what, next_step) in NO_CREDENTIALS.items():
        if isinstance(error, kind):
            way = next_step.replace(GET_CREDENTIALS, CORRECT_KEYS) if for_role else next_step
            return CredentialError(what, next_step=way)
    return _from_no_answer(error, call=call, mutation=mutation)


def iam_action(call: str) -> str:
    """Return the IAM action that a call needs."""
    service, operation = call.split(":")
    return f"{IAM_PREFIXES.get(service, service)}:{IAM_NAMES.get(call, operation)}"


def _from_refusal(error: boto.ClientError, *, call: str, mutation: bool, for_role: bool) -> SpotactionError:
    body, answer = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    code, status = str(body.get("Code", "")), int(answer.get("HTTPStatusCode", 0)) or None
    words = truncate(str(body.get("Message", "")) or "no reason given", LONGEST)
    if code in UNKNOWN_CALLER:
        next_step = _other_credentials(code, call, for_role=for_role)
        return CredentialError(f"AWS did not accept the credentials ({code}): {words}", next_step=next_step)
    passing = status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return ApiError(
        f"AWS refused {call} ({code}): {words}",
        service="aws",
        call=call,
        status=status,
        code=code,
        request_id=str(answer.get("RequestId", "")),
        retryable=passing or code in THROTTLED,
        maybe_applied=mutation and passing and code not in THROTTLED,
        next_step=_next_step(code, call),
    )


def _other_credentials(code: str, call: str, *, for_role: bool) -> str:
    if call == WEB_IDENTITY:
        return TRUST
    if for_role:
        return CORRECT_KEYS
    return RENEW_KEYS if code in EXPIRED else GET_CREDENTIALS


def _from_no_answer(error: Exception, *, call: str, mutation: bool) -> ApiError:
    ours = isinstance(error, boto.ParamValidationError | boto.UnknownEndpointError | boto.InvalidRegionError)
    sent = not isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError | boto.ProxyConnectionError)
    # Only the texts of validation errors are shown; those of the transport may quote the request.
    words = truncate(str(error), LONGEST) if ours else type(error).__name__
    return ApiError(
        f"Invalid AWS request {call}: {words}" if ours else f"No response from AWS for {call} ({words}).",
        service="aws",
        call=call,
        code=type(error).__name__,
        retryable=not ours and not isinstance(error, boto.SSLError),
        maybe_applied=mutation and sent and not ours,
        next_step="correct the value" if ours else "check the runner's network and the region, then run again",
    )


def _next_step(code: str, call: str) -> str:
    if code in DENIED and call == WEB_IDENTITY:
        return TRUST
    if code in DENIED:
        return f"allow {iam_action(call)} in the policy of the role that this run uses"
    if code in THROTTLED:
        return "run again; other clients of this account use the same limit"
    return NEXT_STEPS.get(code, "resolve the cause in the message and run again")
