"""For how long a reply asks to wait, under the names and in the forms that are in use.

Sources: RFC 9110 (`Retry-After`), Azure's `retry-after-ms`, OpenAI's `x-ratelimit-*`
(https://platform.openai.com/docs/guides/rate-limits), protobuf's JSON form of a duration.
"""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

_DURATION = re.compile(
    r"(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m(?!s))?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)s)?(?:(?P<ms>\d{1,9})ms)?"
)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}

ALLOWANCES = ("requests", "tokens")
"""What OpenAI, and those who speak as it does, count: `x-ratelimit-remaining-requests` and so on."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a reply asks to wait; None when its headers say nothing.

    `retry-after-ms`, or `Retry-After` as seconds or as a date, or else when the allowance that is used up is back.

    >>> retry_after({"retry-after-ms": "250"}), retry_after({"retry-after": "2"}), retry_after({})
    (0.25, 2.0, None)
    >>> retry_after({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"})
    30.0
    >>> retry_after({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"})
    360.0
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if _SECONDS.fullmatch(value):
            return float(value) * unit
    until, now = (_date(headers.get(name, "")) for name in ("retry-after", "date"))
    if until is not None and now is not None:
        return max(0.0, until - now)
    return max(_resets(headers), default=None)


def duration(text: object) -> float | None:
    """Seconds of a duration as protobuf and Go write it; None of anything else.

    >>> duration("34.5s"), duration("1m30s"), duration("20ms"), duration("soon"), duration("")
    (34.5, 90.0, 0.02, None, None)
    """
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) and text.strip() else None
    return sum(float(found[unit]) * size for unit, size in _UNITS.items() if found[unit]) if found else None


def _resets(headers: Mapping[str, str]) -> list[float]:
    """When each allowance that is used up is back. One that is not was not what was refused."""
    empty = [name for name in ALLOWANCES if headers.get(f"x-ratelimit-remaining-{name}", "").strip() in ("0", "0.0")]
    values = [headers.get(f"x-ratelimit-reset-{name}", "").strip() for name in empty]
    waits = [float(value) if _SECONDS.fullmatch(value) else duration(value) for value in values]
    return [wait for wait in waits if wait is not None]


def _date(value: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
