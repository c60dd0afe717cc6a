"""Replies: slices of large ones let the event loop run, and headers hold any space."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.server.answering import answer
from onevec.server.messages import request_id
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, EmbedResult, Encoding, Usage
from onevec.wires import WIRES, Outgoing


def result(count, dimensions):
    vectors = np.random.default_rng(0).standard_normal((count, dimensions), dtype=np.float32)
    return EmbedResult(vectors, "m", Usage(1, 1), VectorSpace("m", dimensions))


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("wire", list(WIRES.values()), ids=lambda wire: wire.name)
def test_slices_make_the_same_body(wire, encoding):
    big = result(1024, 1536)
    asked = EmbedRequest("m", ("a",) * 1024, encoding=encoding)

    async def main():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counter = asyncio.create_task(count())
        reply = await answer(wire, big, asked, 4.0, "id")
        counter.cancel()
        return reply, turns

    reply, turns = asyncio.run(main())
    assert reply.body == wire.encode_reply(Outgoing(big, asked, 4.0, "id"))
    assert turns >= 1024 * 1536 // 1_048_576


@given(st.text(min_size=1))
def test_any_space_fits_a_header(model):
    header = VectorSpace(model, 4, normalized=True).header
    assert all(" " <= letter <= "~" for letter in header)
    assert header == header.strip()


@given(st.text())
def test_an_id_is_always_sane(asked):
    found = request_id({"x-ms-client-request-id": asked})
    assert found.isascii()
    assert 1 <= len(found) <= 128
    assert not set(found) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
