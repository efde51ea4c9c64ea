"""The body of an answer: read to its end, within a time and a size."""

import io
from collections.abc import Callable, Iterator

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

LARGEST = 64 * 1024 * 1024  # bytes; a list of thousands of groups has a few million
_PIECE = 64 * 1024


class TooLongError(requests.RequestException):
    """The answer was longer than any of Spot's."""


def read_body(response: requests.Response, late: Callable[[], bool], largest: int = LARGEST) -> None:
    """Read the body of a streamed response into memory, and give its connection back, or close it when we broke off.

    The timeout of a connection starts anew with every byte, so `late` is asked after every piece. Raises
    `requests.ReadTimeout`, `TooLongError`, and `ChunkedEncodingError` for a body that ends too early.
    """
    try:
        body = b"".join(_read_pieces(response, late, largest))
    except ReadTimeoutError:
        raise requests.ReadTimeout from None
    except HTTPError:
        raise requests.exceptions.ChunkedEncodingError from None
    finally:
        response.close()
    response.raw = io.BytesIO(body)


def _read_pieces(response: requests.Response, late: Callable[[], bool], largest: int) -> Iterator[bytes]:
    """What is there as soon as it is there: `iter_content` would wait until a piece is full."""
    response.raw.decode_content = True
    size = 0
    while piece := response.raw.read1(_PIECE):
        yield piece
        size += len(piece)
        if size > largest:
            raise TooLongError
        if late():
            raise requests.ReadTimeout
