"""What a page says that a program prints, held against what it prints."""

import re

SAID = re.compile(r"(?:#|//) → (.*)$", re.MULTILINE)
"""What stands behind a statement that prints, in Python and in JavaScript."""

BARS = re.compile("[▁-█]+")
"""Vectors as pictures: processors round differently."""

DECIMAL = re.compile(r"[-+]?\d+\.\d{2,}")

CLOSE = 0.01
"""Processors round differently: a decimal of two places or more may be so far away."""


def matches(said: str, printed: str) -> bool:
    """Whether a text is what a page shows, where `…` stands for anything.

    Where a line breaks and how much space is between words does not count; in JSON no space does.

    >>> matches("[0.250, …, 1]", "[0.251,\\n 3, 1]"), matches("3 rows", "30 rows")
    (True, False)
    """
    if printed.lstrip().startswith(("{", "[")):
        said, printed = re.sub(r"\s", "", said), re.sub(r"\s", "", printed)
    said = BARS.sub("…", said)
    parts = (_pattern(" ".join(part.split())) for part in said.split("…"))
    found = re.fullmatch(r"\s*.*?\s*".join(parts), " ".join(printed.split()), re.DOTALL)
    if found is None:
        return False
    return all(abs(float(a) - float(b)) <= CLOSE for a, b in zip(DECIMAL.findall(said), found.groups(), strict=True))


def _pattern(text: str) -> str:
    """An expression for the text, with a group for each decimal."""
    return r"([-+]?\d+\.\d+)".join(re.escape(part) for part in DECIMAL.split(text))


def check(said: str, printed: str, what: str) -> None:
    """Fail where a page shows something else than what was printed."""
    assert matches(said, printed), f"{what}\nthe page shows:\n{said}\nand it printed:\n{printed}"


def check_said(code: str, printed: str) -> None:
    """Fail where the comments `# →` of a program, in their order, are not what it printed."""
    said = SAID.findall(code)
    if said:
        check("\n".join(said), printed, "the comments that begin with → are what the program prints")
