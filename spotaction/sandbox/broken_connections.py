"""What a request in process sees when the sandbox breaks the connection instead of answering."""


class ConnectionCutError(ConnectionResetError):
    """The connection was reset before or after the call took effect."""


class ConnectionNotMadeError(ConnectionRefusedError):
    """The connection was refused; the call did not reach the sandbox."""


class AnswerTimedOutError(TimeoutError):
    """The call may have taken effect, but its answer never came."""
