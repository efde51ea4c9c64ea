"""The two forms in which the Spot API writes times."""

import datetime as dt


def zulu(moment: float) -> str:
    """Write epoch seconds as get and list do: 2026-11-24T09:00:00.000Z."""
    return _iso(moment) + "Z"


def offset(moment: float) -> str:
    """Write epoch seconds as create, update, roll and events do: 2026-11-24T09:00:00.000+0000."""
    return _iso(moment) + "+0000"


def _iso(moment: float) -> str:
    date = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
    return date.strftime("%Y-%m-%dT%H:%M:%S.") + f"{date.microsecond // 1000:03d}"
