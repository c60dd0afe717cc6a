"""As much HTTP/1.1 as a benchmark's two ends need, and no more: what they cost is taken from what they measure."""

import re

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Messages:
    """Whole messages out of the bytes of one connection; one without a Content-Length has no body."""

    def __init__(self) -> None:
        self._bytes = b""
        self._end = 0

    def feed(self, data: bytes) -> bytes | None:
        """The message that these bytes complete; None when there is more to come. Nobody pipelines here."""
        self._bytes = self._bytes + data if self._bytes else data
        if not self._end:
            head = self._bytes.find(b"\r\n\r\n")
            if head < 0:
                return None
            found = _LENGTH.search(self._bytes, 0, head)
            self._end = head + 4 + (int(found[1]) if found else 0)
        if len(self._bytes) < self._end:
            return None
        whole, self._bytes, self._end = self._bytes, b"", 0
        return whole
