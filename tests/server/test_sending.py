"""Replies in pieces: whole, whatever their length."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onevec.server.messages import ClientGoneError, Reply, Request
from onevec.server.sending import PIECE, send_reply


@given(st.integers(0, 3 * PIECE))
@example(0)
@example(PIECE)
@example(PIECE + 1)
@example(2 * PIECE)
def test_every_length(length):
    body = bytes(range(256)) * (length // 256) + bytes(length % 256)
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(send_reply(send, Reply(200, body), Request("GET", {}, b"", {}, None, None), "id"))
    start, *pieces = sent
    assert dict(start["headers"])[b"content-length"] == b"%d" % length
    assert b"".join(piece["body"] for piece in pieces) == body
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert all(len(piece["body"]) <= PIECE for piece in pieces)


@pytest.mark.parametrize("held", [0, 1, 2], ids=["head", "first piece", "last piece"])
def test_a_client_that_does_not_read_is_not_waited_for(held):
    sent = []

    async def send(message):
        if len(sent) == held:
            await asyncio.Event().wait()
        sent.append(message)

    async def main():
        request = Request("GET", {}, b"", {}, None, None)
        with pytest.raises(ClientGoneError):
            await asyncio.wait_for(send_reply(send, Reply(200, bytes(PIECE + 1)), request, "id", patience=0.05), 20)

    asyncio.run(main())
