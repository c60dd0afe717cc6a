"""No block of a page slips through: each is run or read by a test, or says why not."""

from pathlib import Path

import pytest
from sybil import Document

from .blocks import ELSEWHERE, ROOT, SHOWN, Runner, blocks, pages, refuse
from .languages import READERS, RUNNERS

COLLECTED = {"README.md", "CONTRIBUTING.md"}
"""Documents beside the site's pages whose blocks run, as conftest.py has it."""


def page(text: str) -> Document:
    return Document(text, "page.md")


def left_alone() -> list[tuple[str, str]]:
    """Every block that nothing runs or reads: where it is, and why."""
    found = []
    for path in pages():
        document = Document.parse(str(path))
        for block in blocks(document):
            if block.reason is not None:
                line = document.text.count("\n", 0, block.region.start) + 1
                found.append((f"{path.relative_to(ROOT)}:{line}", block.reason))
    return found


@pytest.mark.parametrize(("place", "reason"), left_alone(), ids=lambda value: value)
def test_a_block_that_is_not_run_says_why(place, reason):
    assert len(reason.split()) > 2
    assert not reason.endswith(".")


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_has_a_test_or_a_reason(path):
    found = [*blocks(Document.parse(str(path)))]
    tested = [*Runner(RUNNERS, READERS)(Document.parse(str(path)))]

    assert [block.language for block in found if block.reason is None and block.language not in RUNNERS] == []
    assert len(tested) == sum(block.reason is None or block.language in READERS for block in found)
    if path.parent == ROOT and path.name not in COLLECTED:
        assert found == [], f"conftest.py does not collect {path.name}: name it there, or show no code"


def test_a_block_in_an_unknown_language_is_refused():
    (region,) = Runner(RUNNERS, READERS)(page("```cobol\nSTOP RUN.\n```\n"))

    assert region.evaluator is refuse


def test_a_block_without_a_language_is_refused():
    (region,) = Runner(RUNNERS, READERS)(page("```\nwhat is this\n```\n"))

    assert region.evaluator is refuse


def test_a_reason_is_for_the_block_below_it_alone():
    text = "<!-- not run: needs a cluster -->\n```yaml\na: 1\n```\n\n```yaml\nb: 2\n```\n"

    assert [block.reason for block in blocks(page(text))] == ["needs a cluster", None]


def test_commands_of_a_block_that_is_not_run_are_read():
    (region,) = Runner(RUNNERS, READERS)(page("<!-- not run: needs a cluster -->\n```bash\nonevec run\n```\n"))

    assert region.evaluator is READERS["bash"]


def test_every_language_has_one_treatment():
    assert not set(SHOWN) & set(RUNNERS)


@pytest.mark.parametrize(("name", "test"), ELSEWHERE.items())
def test_a_page_that_is_run_elsewhere_is_named_there(name, test):
    if not (ROOT / name).exists():
        pytest.skip(f"{name} is not written yet")
    assert Path(name).name in (ROOT / test).read_text()


def test_the_pages_are_found():
    names = {path.relative_to(ROOT) for path in pages()}

    assert {Path("README.md"), Path("docs/index.md"), Path("docs/howto/text.md")} <= names
