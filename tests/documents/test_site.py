"""What the site's hooks do to a page on its way in."""

import importlib
import importlib.util

import pytest

from .blocks import ROOT
from .needs import skip


@pytest.fixture(scope="module")
def site():
    if importlib.util.find_spec("mkdocs") is None:
        skip("docs", "mkdocs is not installed (pip install -e '.[docs]')")
    return importlib.import_module("site_hooks")


@pytest.mark.parametrize(
    ("source", "page", "link", "moved"),
    [
        ("ARCHITECTURE.md", "architecture.md", "docs/engine.md#a", "engine.md#a"),
        ("CONTRIBUTING.md", "contributing.md", "ARCHITECTURE.md", "architecture.md"),
        ("docs/security.md", "security.md", "../SECURITY.md", "vulnerabilities.md"),
        ("docs/howto/text.md", "howto/text.md", "../models.md", "../models.md"),
        (
            "docs/howto/text.md",
            "howto/text.md",
            "../../README.md",
            "https://github.com/onevec/onevec/blob/main/README.md",
        ),
        (
            "docs/a.md",
            "a.md",
            "../src/onevec/types.py",
            "https://github.com/onevec/onevec/blob/main/src/onevec/types.py",
        ),
        ("docs/a.md", "a.md", "https://example.com/docs/", "https://example.com/docs/"),
        ("docs/a.md", "a.md", "#below", "#below"),
    ],
)
def test_a_link_is_moved_with_its_page(site, source, page, link, moved):
    assert site.relinked(f"see [it]({link}) now", source, page) == f"see [it]({moved}) now"


def test_what_looks_like_a_link_in_a_block_stays(site):
    block = "```python\na[0](b.md)\n```"

    assert site.relinked(block, "docs/a.md", "a.md") == block


LABELLED = "**Python**\n\n```python\nprint(1)\n```\n\n"


def test_labelled_blocks_in_a_row_become_tabs(site):
    curl = "**curl**\n\n<!-- not run: no such host -->\n```bash\ncurl x\n\ncurl y\n```\n"

    assert site.tabbed(f"before\n\n{LABELLED}{curl}\nafter").split("\n") == [
        *["before", "", '=== "Python"', "", "    ```python", "    print(1)", "    ```", "", '=== "curl"', ""],
        *[
            "    <!-- not run: no such host -->",
            "    ```bash",
            "    curl x",
            "",
            "    curl y",
            "    ```",
            "",
            "after",
        ],
    ]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_labelled_blocks_with_prose_between_them_stay(site, count):
    text = f"before\n\n{LABELLED}after\n\n" * count

    assert site.tabbed(text) == text


def test_a_screenshot_that_nobody_has_taken_is_left_out(site):
    text = "![a screen](images/playground/none.png) ![a table](images/embed.svg)"

    assert site.PICTURE.sub(site.taken, text) == " ![a table](images/embed.svg)"


def test_a_session_becomes_commands_and_their_outputs(site):
    assert site.parted("  ```console\n  $ one\n  1\n  $ two\n  ```\n").split("\n") == [
        *["  ```bash", "  one", "  ```", "  ``` {.text .output}", "  1", "  ```", ""],
        *["  ```bash", "  two", "  ```", ""],
    ]


@pytest.mark.parametrize(
    "output",
    ['<script src="https://cdn.example/x.js">', '<img alt="" src="http://example.com/a.png">',
     '<link href="https://fonts.example/a.css" rel="stylesheet">', '<link rel="stylesheet" href="https://a.example/a.css">'],
)  # fmt: skip
def test_a_page_that_would_fetch_from_elsewhere_is_seen(site, output):
    assert site.FETCHED.search(output)


@pytest.mark.parametrize(
    "output",
    ['<a href="https://example.com">', '<script src="assets/x.js">', '<link rel="canonical" href="https://x.example">'],
)
def test_a_page_that_only_links_elsewhere_is_right(site, output):
    assert not site.FETCHED.search(output)


def test_the_site_and_the_playground_have_one_logo():
    playground = ROOT / "src" / "onevec" / "server" / "playground" / "static" / "logo.svg"
    assert (ROOT / "docs" / "assets" / "logo.svg").read_bytes() == playground.read_bytes()
