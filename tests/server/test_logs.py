"""Lines of several processes on one stream."""

from hypothesis import given
from hypothesis import strategies as st

from onevec.server.observing.logs import PIPE_BUFFER, WholeLines


class Portions:
    """A stream that keeps what each write brought."""

    def __init__(self):
        self.portions, self._open = [], b""

    def write(self, data):
        self._open += data

    def flush(self):
        self.portions.append(self._open)
        self._open = b""


@given(st.lists(st.integers(0, 2 * PIPE_BUFFER), max_size=12))
def test_a_portion_is_whole_lines_that_a_pipe_takes_at_once(lengths):
    lines = [b"x" * length + b"\n" for length in lengths]
    stream = Portions()
    WholeLines(stream).write(b"".join(lines))
    assert b"".join(stream.portions) == b"".join(lines)
    for portion in filter(None, stream.portions):
        assert portion.endswith(b"\n")
        assert len(portion) <= PIPE_BUFFER or portion.count(b"\n") == 1
