"""Hooks of the site: root documents as pages, labelled blocks as tabs, links that hold here and on GitHub.

The pages are Markdown that reads well on GitHub. What a site can do better is done to them here, on their way in.
"""

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from sessions import session  # MkDocs finds what lies beside a hook

ROOT = Path(__file__).parents[1]

REPOSITORY = "https://github.com/onevec/onevec/blob/main"

PAGES: Mapping[str, str] = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "vulnerabilities.md",
}
"""Documents at the root, and the pages that they are."""

LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]*)")

LABELLED = r"^\*\*([^*\n]+)\*\*\n\n((?:<!--[^\n]*-->\n)?```[^\n]*\n(?:(?!```)[^\n]*\n)*```)\n"
"""A line in bold and the block below it."""

WIDE = frozenset({"models.md", "providers.md"})
"""Pages whose tables need the room that their contents would take."""

PICTURE = re.compile(r"!\[[^]]*\]\((images/playground/[^)]+)\)")
"""Screenshots that tests take; a page does without those that nobody has taken yet."""

CONSOLE = re.compile(r"^(?P<indent> *)```console\n(?P<text>.*?)^(?P=indent)```\n", re.MULTILINE | re.DOTALL)

FETCHED = re.compile(
    r"<(?:iframe|img|script)\b[^>]*\ssrc=\"?https?:[^>]*>"
    r"|<link\b(?=[^>]*\srel=\"?stylesheet)(?=[^>]*\shref=\"?https?:)[^>]*>"
)
"""What a browser would fetch from elsewhere."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that live at the root."""
    for name, page in PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=relinked(text, name, page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs'
    """Links out of docs/ lead to pages or to the repository; labelled blocks become tabs; sessions can be copied."""
    uri = page.file.src_uri
    if uri.startswith("howto/"):
        page.meta.setdefault("search", {"boost": 2})  # who searches wants to do something
    if uri in WIDE:
        page.meta.setdefault("hide", ["toc"])
    if uri not in PAGES.values():
        markdown = relinked(markdown, f"docs/{uri}", uri)
    return parted(tabbed(PICTURE.sub(taken, markdown)))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - MkDocs'
    """Refuse a page that would fetch something from elsewhere.

    Raises:
        PluginError: it does.
    """
    found = FETCHED.search(output)
    if found:
        raise PluginError(f"{page.file.src_uri} fetches from elsewhere: {found[0]}: put a copy into docs/assets")
    return output


def taken(picture: re.Match[str]) -> str:
    """A picture, where it is there."""
    return picture[0] if (ROOT / "docs" / picture[1]).exists() else ""


def relinked(markdown: str, source: str, page: str) -> str:
    """The text with its links, which are relative to `source` in the repository, relative to `page` on the site."""

    def moved(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        found = PAGES.get(target) or (target[len("docs/") :] if target.startswith("docs/") else None)
        return posixpath.relpath(found, posixpath.dirname(page)) if found else f"{REPOSITORY}/{target}"

    return "".join(part if code else LINK.sub(moved, part) for code, part in prose(markdown))


def prose(markdown: str) -> list[tuple[bool, str]]:
    """The text in pieces, and of each whether it is a fenced block."""
    pieces = re.split(r"(^ *```.*?^ *```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return [(index % 2 == 1, piece) for index, piece in enumerate(pieces)]


def tabbed(markdown: str) -> str:
    """Runs of labelled blocks as tabs; a single one stays as it is."""
    runs = re.compile(rf"(?:{LABELLED}\n?){{2,}}", re.MULTILINE)
    return runs.sub(lambda run: "".join(_tab(*one) for one in re.findall(LABELLED, run[0], re.MULTILINE)), markdown)


def _tab(label: str, block: str) -> str:
    lines = (f"    {line}" if line else "" for line in block.splitlines())
    return "\n".join([f'=== "{label}"', "", *lines, "", ""])


def parted(markdown: str) -> str:
    """Sessions as commands, which can be copied and pasted, each with its output below it."""
    return CONSOLE.sub(lambda block: indent(_parted(dedent(block["text"])), block["indent"]), markdown)


def _parted(text: str) -> str:
    return "\n".join(
        f"```bash\n{step.command}\n```\n" + (f"``` {{.text .output}}\n{step.shown}\n```\n" if step.shown else "")
        for step in session(text)
    )
