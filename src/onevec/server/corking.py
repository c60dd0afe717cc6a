"""Corked: a transport that sends what is written in one round of the event loop in one piece.

Uvicorn writes the head of a reply and its body one after the other, and uvloop hands each to the kernel at once: two
system calls and often two packets for a reply that fits into one.
"""

import asyncio
from typing import Any

JOINED = 64 * 1024
"""Bytes up to which copying is cheaper than handing over parts."""


LEAVE_SECONDS = 30.0
"""How long a client may take to read what is left when the connection is to end."""


class Corked:
    """Stands before a transport; whatever it does not do itself it hands on."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it with whatever else is written before the loop comes round, or at once when that is much.

        Only what has reached the transport makes it call for a pause.
        """
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > JOINED:
            self._flush()

    def close(self) -> None:
        """Send what is left, then close: a client that does not read it would else keep both for ever."""
        self._flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(LEAVE_SECONDS, self._transport.abort)

    def _flush(self) -> None:
        parts, size = self._parts, self._size
        self._parts, self._size = [], 0
        if not parts or self._transport.is_closing():
            return
        if size <= JOINED:
            self._transport.write(b"".join(parts))
        else:
            self._transport.writelines(parts)
