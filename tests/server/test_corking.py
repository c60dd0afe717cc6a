"""What is written in one round of the loop leaves in one piece, in order, and none of it is lost."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from onevec.server.corking import JOINED, Corked


class Transport:
    """Remembers what it was given."""

    def __init__(self):
        self.writes = []
        self.closed = False

    def write(self, data):
        assert not self.closed
        self.writes.append(bytes(data))

    def writelines(self, parts):
        self.write(b"".join(parts))

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    def get_write_buffer_size(self):
        return 0


def test_head_and_body_leave_together():
    async def main():
        under = Transport()
        corked = Corked(under, asyncio.get_running_loop())
        corked.write(b"head")
        corked.write(b"body")
        assert under.writes == []
        await asyncio.sleep(0)
        assert under.writes == [b"headbody"]
        assert not corked.is_closing()

    asyncio.run(main())


def test_closing_sends_what_is_left():
    async def main():
        under = Transport()
        corked = Corked(under, asyncio.get_running_loop())
        corked.write(b"last words")
        corked.close()
        await asyncio.sleep(0)
        assert (under.writes, under.closed) == ([b"last words"], True)

    asyncio.run(main())


@given(st.lists(st.integers(1, 3 * JOINED) | st.none(), max_size=8))
def test_nothing_is_lost_and_little_is_held(sizes):
    async def main():
        under = Transport()
        corked = Corked(under, asyncio.get_running_loop())
        written = b""
        for number, size in enumerate(sizes):
            if size is None:
                await asyncio.sleep(0)
            else:
                corked.write(bytes([number]) * size)
                written += bytes([number]) * size
                assert len(written) - sum(map(len, under.writes)) <= JOINED
        await asyncio.sleep(0)
        assert b"".join(under.writes) == written

    asyncio.run(main())
