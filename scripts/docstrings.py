"""An extension of griffe for the reference: docstrings in the words of reStructuredText, shown by Markdown.

References (``:class:`onevec.Client` ``) become links where their target has a place in the reference, doctests become
blocks of Python, and what follows ``::`` a block as it stands.
"""

import re
from typing import Any

from griffe import Extension, Object

ROLE = re.compile(r":(?:class|func|meth|mod|data|attr|exc):`(~?)([\w.]+)`")
DOCTEST = re.compile(r"^(?:(>>>|\.\.\.)[^\n]*\n(?:(?!\s*$)[^\n]*\n?)*)+", re.MULTILINE)
LITERAL = re.compile(r"^([^\n]*?)::\n\n((?: {4}[^\n]*\n|\n)+)", re.MULTILINE)


def _link(role: re.Match[str]) -> str:
    short, target = role.groups()
    name = target.rpartition(".")[2] if short else target
    return f'<autoref identifier="{target}" optional><code>{name}</code></autoref>'


def _block(literal: re.Match[str]) -> str:
    before, text = literal.groups()
    said = f"{before}:\n\n" if before else ""
    return f"{said}```text\n{re.sub('^ {4}', '', text, flags=re.MULTILINE).strip(chr(10))}\n```\n\n"


def markdown(docstring: str) -> str:
    """The same words in Markdown."""
    with_blocks = LITERAL.sub(_block, docstring + "\n")
    with_examples = DOCTEST.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", with_blocks)
    return ROLE.sub(_link, with_examples).rstrip("\n")


class Docstrings(Extension):
    """Rewrites each docstring as it is loaded."""

    def on_instance(self, *, obj: Object, **_kwargs: Any) -> None:
        """Rewrite one."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
