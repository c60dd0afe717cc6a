"""Text of somebody else's, such as a server's, as a line that can be shown and written."""

import re

_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal obeys, and halves of surrogate pairs, which no UTF-8 has."""


def legible(text: str) -> str:
    r"""The text in one line, with an escape in place of each character that a terminal obeys or that is none.

    >>> print(legible("two\nlines \x1b[2J\ud800"))
    two lines \x1b[2J\ud800
    """
    return _ODD.sub(lambda found: ascii(found[0])[1:-1], " ".join(text.split()))
