"""The playground, as a person uses it: texts in, and what is seen of their vectors."""

import json
import re
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from onevec import embedding
from onevec.encodings import decode
from onevec.testing import FakeEmbedder
from onevec.types import Encoding

from .programs import LANGUAGES, run

TEXTS = (
    "Otters hold hands while they sleep.",
    "A kitten naps on the warm windowsill.",
    "The central bank raised interest rates.",
    "Higher rates made loans more costly.",
    "Simmer the tomatoes with garlic.",
)


@pytest.fixture(scope="module")
def vectors():
    return embedding("local:all-minilm-l6-v2", TEXTS).vectors


@pytest.fixture(scope="module")
def cosines(vectors):
    return vectors @ vectors.T


def number(text):
    """A figure as the page writes it."""
    return float(text.replace("−", "-").replace(",", ""))


def test_one_click_shows_something_good(page):
    assert page.get_by_role("heading", level=1).inner_text() == "onevec playground"
    page.get_by_role("button", name="Embed").click()
    page.locator(".heat-table td[data-row]").first.wait_for()
    assert page.locator(".heat-table tbody tr").count() == page.locator("#inputs li").count() == 9


def test_the_heat_map_holds_the_cosines(page, embed, cosines):
    embed(page, *TEXTS)
    cells = page.locator(".heat-table td[data-row]").all_inner_texts()
    shown = np.array([number(text) for text in cells]).reshape(5, 5)
    np.testing.assert_allclose(shown, cosines, atol=0.0051)
    page.locator("[data-row='2'][data-column='3']").hover()
    assert number(page.locator(".heat-detail strong").inner_text()) == pytest.approx(cosines[2, 3], abs=1e-3)
    assert page.locator(".heat-detail span").all_inner_texts() == [f"3 {TEXTS[2]}", f"4 {TEXTS[3]}"]


def test_a_scale_changes_colours_and_no_value(page, embed):
    embed(page, *TEXTS)
    cell = page.locator("[data-row='2'][data-column='3']")
    before, value = cell.get_attribute("class"), cell.inner_text()
    page.get_by_role("button", name="0 to 1").press("Enter")
    assert (cell.get_attribute("class") != before, cell.inner_text()) == (True, value)
    assert page.evaluate("() => document.activeElement.textContent") == "0 to 1"


def test_what_is_known_of_an_answer(page, embed):
    embed(page, *TEXTS)
    facts = {name: page.locator(f"[data-fact='{name}']").inner_text() for name in ("Dimensions", "Tokens", "Cost")}
    tokens = embedding("local:all-minilm-l6-v2", TEXTS).usage.total_tokens
    assert facts == {"Dimensions": "384", "Tokens": str(tokens), "Cost": "$0"}
    assert re.fullmatch(r"[\d.]+ m?s", page.locator("[data-fact='Round trip']").inner_text())
    space = str(embedding("local:all-minilm-l6-v2", "a").space)
    assert page.locator(".space summary code").inner_text() == space
    page.locator(".space summary").click()
    assert page.locator(".space tr", has_text="Pooling").locator("td").first.inner_text() == "mean"


class Priced(FakeEmbedder):
    """A token costs two cents."""

    @property
    def capabilities(self):
        return replace(super().capabilities, price=20_000.0)


def test_what_a_provider_takes(open_page, serving, embed):
    with serving(priced=Priced(8)) as address:
        page = open_page(address)
        embed(page, "three little words", "one more")
        assert page.locator("[data-fact=Cost]").inner_text() == "$0.10"


@pytest.mark.parametrize(
    ("dollars", "written"),
    [
        (None, "not known"),
        (0, "$0"),
        (1.84e-7, "$0.00000018"),
        (0.00456, "$0.0046"),
        (0.5, "$0.50"),
        (1234.5, "$1234.50"),
    ],
)
def test_a_cost_is_written_without_an_exponent(page, dollars, written):
    script = """async (dollars) => (await import("/playground/api/money.js")).price(dollars)"""
    assert page.evaluate(script, dollars) == written


def test_a_round_trip_ends_with_the_last_byte(page, embed):
    page.evaluate(
        """() => {
            const parse = JSON.parse;
            JSON.parse = (text) => {
                const until = performance.now() + 1000;
                while (performance.now() < until);
                return parse(text);
            };
        }"""
    )
    embed(page, "a cat")
    assert page.locator("[data-fact='Round trip']").inner_text().endswith(" ms")


def test_neighbours_are_those_of_numpy(page, embed, cosines):
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Neighbours").click()
    for i, item in enumerate(page.locator(".neighbours > li").all()):
        order = [j for j in np.argsort(-cosines[i], kind="stable") if j != i]
        assert item.locator("ol .label").all_text_contents() == [TEXTS[j] for j in order]
        shown = [number(text) for text in item.locator(".figure").all_text_contents()]
        np.testing.assert_allclose(shown, cosines[i][order], atol=1e-3)


def test_a_vector_shows_its_numbers_and_is_copied(page, embed, vectors, browser):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Vectors").click()
    first = page.locator(".vectors > li").first
    extremes = [number(text) for text in first.locator("dd").all_inner_texts()]
    np.testing.assert_allclose(extremes, [vectors[0].min(), vectors[0].max(), 1.0], atol=1e-3)
    first.get_by_role("button", name="Numbers of vector 1").click()
    shown = [float(text) for text in first.locator("pre").inner_text().split()]
    np.testing.assert_allclose(shown, vectors[0], atol=1e-3)
    first.get_by_role("button", name="Copy vector 1 as JSON").click()
    first.get_by_text("Copied").first.wait_for()
    copied = json.loads(page.evaluate("() => navigator.clipboard.readText()"))
    np.testing.assert_allclose(copied, vectors[0], atol=1e-3)


def test_copying_without_a_clipboard_of_the_page(page, embed):
    page.context.grant_permissions(["clipboard-read"])
    embed(page, "a cat", "a dog")
    page.get_by_role("tab", name="Vectors").click()
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    button = page.get_by_role("button", name="Copy vector 2 as JSON")
    button.click()
    page.get_by_text("Copied").first.wait_for()
    page.evaluate("() => delete navigator.clipboard")
    assert len(json.loads(page.evaluate("() => navigator.clipboard.readText()"))) == 384
    assert button.evaluate("(button) => button === document.activeElement")


def test_every_encoding_is_measured(page, embed, server):
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Encodings").click()
    page.get_by_role("button", name="Measure all six").press("Enter")
    page.get_by_text("Errors are of the cosine").wait_for()
    assert page.evaluate("() => document.activeElement.textContent") == "Measure all six"
    reference = None
    for encoding in Encoding:
        wire, cosines = measured(server, encoding)
        reference = cosines if encoding is Encoding.FLOAT else reference
        errors = np.abs(cosines - reference)
        cells = page.locator(f"[data-encoding={encoding}] td").all_inner_texts()
        bits = {Encoding.FLOAT: 32, Encoding.BASE64: 32, Encoding.INT8: 8, Encoding.UINT8: 8}.get(encoding, 1)
        assert [number(text) for text in cells[:2]] == [wire, 384 * bits // 8]
        expected = [errors.mean(), errors.max(), np.corrcoef(ranks(cosines), ranks(reference))[0, 1]]
        np.testing.assert_allclose([number(text) for text in cells[2:]], expected, atol=6e-5)


def measured(server, encoding):
    """Bytes of a reply, and the cosine of each pair in it."""
    body = {"model": "all-minilm-l6-v2", "input": TEXTS, "encoding_format": encoding}
    url = f"{server}/embeddings?api-version=2024-05-01-preview"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        written = reply.read()
    codes = [item["embedding"] for item in json.loads(written)["data"]]
    rows = decode(codes, encoding, 384, int8_scale=1.0).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return len(written), (rows @ rows.T)[np.triu_indices(len(rows), 1)]


def ranks(values):
    """From 0; of equals their mean."""
    return (values[:, None] > values).sum(1) + ((values[:, None] == values).sum(1) - 1) / 2


@pytest.mark.parametrize("encoding", list(Encoding))
def test_each_encoding_can_be_asked_for(page, embed, encoding, cosines):
    page.get_by_label("Encoding").select_option(encoding)
    embed(page, *TEXTS)
    shown = number(page.locator("[data-row='2'][data-column='3']").inner_text())
    assert shown == pytest.approx(cosines[2, 3], abs=0.2 if "binary" in encoding else 0.01)


def test_five_hundred_texts(page):
    lines = [f"Text {i} is about {('cats', 'bonds', 'bread')[i % 3]} and the number {i * i}." for i in range(500)]
    page.get_by_role("button", name="Clear").first.click()
    paste(page.locator("#inputs textarea").first, "\n".join(lines))
    assert page.locator("#inputs li").count() == 500
    page.get_by_role("button", name="Embed").click()
    page.locator("[data-fact=Vectors]", has_text="500").wait_for()
    grid = page.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == "501"
    assert grid.locator("td[data-row]").count() < 600
    grid.locator("[tabindex='0']").focus()
    page.keyboard.press("Control+End")
    assert (
        page.evaluate("() => [document.activeElement.dataset.row, document.activeElement.dataset.column]")
        == ["499"] * 2
    )
    assert grid.locator("tbody th").last.inner_text().endswith(lines[-1])
    page.get_by_role("tab", name="Map").click()
    assert page.locator(".mark").count() == 500
    page.get_by_role("tab", name="Neighbours").click()
    assert page.locator(".neighbours > li").count() == 50
    page.get_by_role("button", name="Show 50 more of 500").click()
    assert page.locator(".neighbours > li").count() == 100


def paste(field, text):
    """Paste as the system's clipboard would."""
    field.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("onevec", "Python · onevec"),
        ("openai", "Python · openai"),
        ("azure", "Python · onevec.azure"),
        ("javascript", "JavaScript"),
        ("curl", "curl"),
    ],
)
def test_the_code_that_it_shows_runs(page, embed, language, label, tmp_path, witness, program):
    row = LANGUAGES[language]
    if row.module != "onevec":
        witness(row.module)
    if language in ("curl", "javascript"):
        program({"javascript": "node"}.get(language, language))
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Code").click()
    page.get_by_role("button", name=label, exact=True).click()
    code = page.get_by_role("tabpanel").locator("pre").inner_text()
    assert TEXTS[0] in code
    (said,) = run(language, [code], tmp_path)
    assert re.findall(r"\d+", said)[:2] == [str(len(TEXTS)), "384"]


def test_the_live_panel_goes_on_while_one_embeds(page, embed):
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Live").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_text("all-minilm-l6-v2").first.wait_for()
    panel.evaluate("(panel) => { panel.firstElementChild.dataset.mounted = 'once'; }")
    with page.expect_response("**/embeddings*"):
        page.get_by_role("button", name="Embed").click()
    page.get_by_role("button", name="Embed").wait_for()
    with page.expect_response("**/metrics"):
        pass
    assert panel.evaluate("(panel) => panel.firstElementChild.dataset.mounted") == "once"
