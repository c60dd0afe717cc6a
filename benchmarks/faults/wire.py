"""One message of HTTP/1.1 at a time, whole, from a stream."""

import asyncio
import re

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Head and body; None at an orderly end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as exc:
        if exc.partial:
            raise
        return None
    found = _LENGTH.search(head)
    return head + (await reader.readexactly(int(found[1])) if found else b"")
