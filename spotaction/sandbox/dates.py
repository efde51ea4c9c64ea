"""The two formats in which the Spot API writes times."""

import datetime as dt


def zulu(moment: float) -> str:
    """Format epoch seconds as in responses of get and list: 2026-11-24T09:00:00.000Z."""
    return _iso(moment) + "Z"


def offset(moment: float) -> str:
    """Format epoch seconds as in responses of create, update, roll and events: 2026-11-24T09:00:00.000+0000."""
    return _iso(moment) + "+0000"


def _iso(moment: float) -> str:
    date = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
    return date.strftime("%Y-%m-%dT%H:%M:%S.") + f"{date.microsecond // 1000:03d}"
