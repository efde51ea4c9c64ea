"""The errors that an in-process request raises when a fault breaks its connection."""


class ConnectionCutError(ConnectionResetError):
    """The connection was reset, before or after the call took effect."""


class ConnectionNotMadeError(ConnectionRefusedError):
    """The connection was refused; the call did not reach the sandbox."""


class AnswerTimedOutError(TimeoutError):
    """The call took effect, but its response never arrived."""
