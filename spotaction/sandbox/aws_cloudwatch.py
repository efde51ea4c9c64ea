"""CloudWatch as moto has it, for the account of the request's key."""

from moto.cloudwatch.responses import CloudWatchResponse

from spotaction.sandbox.aws_keys import Signed


class CloudWatch(CloudWatchResponse):
    """One request to CloudWatch."""

    def __init__(self, signed: Signed) -> None:
        super().__init__()
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account for which the key speaks."""
        return self._signed.key.account
