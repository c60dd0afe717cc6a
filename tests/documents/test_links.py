"""Links of the pages lead somewhere, on GitHub and on the site."""

import re
import unicodedata

import pytest

from .blocks import ROOT, pages

FENCE = re.compile(r"^ *(```|~~~).*?^ *\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TAKEN = "images/playground/"
"""Screenshots that tests of browsers take; git has none of them."""

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(path):
    """A page without its blocks and its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path):
    """The anchors of a page's headings that are the same on GitHub and on the site."""
    titles = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {github(title) for title in titles} & {mkdocs(title) for title in titles}


def github(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def mkdocs(title):
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def links():
    return [
        pytest.param(path, link, id=f"{path.relative_to(ROOT)}: {link}")
        for path in pages()
        for link in LINK.findall(prose(path))
        if "://" not in link and not link.startswith(("mailto:", TAKEN))
    ]


@pytest.mark.parametrize(("path", "link"), links())
def test_a_link_leads_somewhere(path, link):
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path

    assert target.exists(), f"there is no {target.relative_to(ROOT)}"
    assert not anchor or anchor in anchors(target), f"{target.name} has {sorted(anchors(target))}"


def test_links_are_found():
    assert len(links()) > 100


@pytest.mark.parametrize(
    ("title", "anchor"), [("The cache", "the-cache"), ("Texts, images and pairs", "texts-images-and-pairs")]
)
def test_anchors_are_made_as_both_make_them(title, anchor):
    assert github(title) == mkdocs(title) == anchor
