"""The list of inputs: typed, pasted, dropped, moved; images and pairs; and nothing that is lost."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from onevec import ImageInput, embedding
from onevec.testing import FakeEmbedder
from onevec.types import Modality


def png(seed):
    """A picture of coarse noise."""
    tiles = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    held = BytesIO()
    Image.fromarray(tiles).resize((160, 120)).save(held, "PNG")
    return held.getvalue()


PICTURES = {"red.png": png(1), "blue.png": png(2), "red again.png": png(1)}


def bring(page, kind, files):
    """Drop or paste files, as the system does."""
    page.evaluate(
        """([kind, files]) => {
            const carried = new DataTransfer();
            for (const [name, type, content] of files) {
                const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type }));
            }
            const options = { bubbles: true, cancelable: true, dataTransfer: carried, clipboardData: carried };
            const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
            document.body.dispatchEvent(new Kind(kind, options));
        }""",
        [kind, [(name, kind_of, base64.b64encode(content).decode()) for name, kind_of, content in files]],
    )


def pictures(page, kind="drop"):
    bring(page, kind, [(name, "image/png", content) for name, content in PICTURES.items()])
    page.locator("#inputs img").nth(len(PICTURES) - 1).wait_for()


def texts(page):
    return page.evaluate("() => [...document.querySelectorAll('#inputs textarea')].map((field) => field.value)")


def clear(page):
    page.get_by_role("button", name="Clear").first.click()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_images_come_and_are_embedded_by_whom_can(page, kind):
    clear(page)
    pictures(page, kind)
    assert page.get_by_label("Deployment").input_value() == "gist"
    assert [image.get_attribute("alt") for image in page.locator("#inputs img").all()] == [*PICTURES]
    page.get_by_role("button", name="Embed").click()
    page.locator("[data-fact=Dimensions]", has_text="980").wait_for()
    vectors = embedding("local:gist", [ImageInput(content) for content in PICTURES.values()]).vectors
    cells = page.locator(".heat-table td[data-row]").all_inner_texts()
    shown = np.array([float(text.replace("−", "-")) for text in cells]).reshape(3, 3)
    np.testing.assert_allclose(shown, vectors @ vectors.T, atol=0.0051)


def test_texts_and_images_of_two_models_are_kept_apart(page):
    pictures(page)
    assert page.get_by_label("And also, to compare").input_value() == "gist"
    page.get_by_role("button", name="Embed").click()
    page.locator(".apart").wait_for()
    said = page.locator(".apart").inner_text()
    assert "2 vector spaces, kept apart" in said
    assert "dimensions: 384 and 980" in said
    spaces = [group.get_attribute("data-space") for group in page.locator(".group").all()]
    assert [space.partition("@")[0] for space in spaces] == ["all-minilm-l6-v2", "gist"]
    assert [group.locator(".heat-table tbody th").count() for group in page.locator(".group:has(.heat)").all()] == [
        9,
        3,
    ]


def test_a_pair_is_an_image_with_a_text_where_the_model_takes_one(open_page, serving):
    model = FakeEmbedder(8)
    with serving(both=model) as address:
        page = open_page(address)
        clear(page)
        pictures(page)
        page.get_by_label("Text beside image 1").fill("a warm one")
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Vectors]", has_text="3").wait_for()
        assert [one.text for one in model.requests[-1].inputs] == ["a warm one", None, None]
        assert page.locator(".heat-table tbody th .label").first.inner_text() == "red.png: a warm one"


def test_where_nobody_takes_pairs_none_is_offered(page):
    clear(page)
    pictures(page)
    assert page.get_by_label("Text beside image 1").is_hidden()


def test_one_model_for_texts_and_images_puts_them_in_one_heat_map(open_page, serving):
    with serving(both=FakeEmbedder(8)) as address:
        page = open_page(address)
        pictures(page)
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Vectors]", has_text="12").wait_for()
        assert page.locator(".group").count() == 1
        assert page.locator(".heat-table tbody th .number").all_inner_texts() == [str(i) for i in range(1, 13)]


def test_deployments_of_one_space_are_compared_in_one_heat_map(open_page, serving):
    with serving(one=FakeEmbedder(8), other=FakeEmbedder(8)) as address:
        page = open_page(address)
        page.get_by_label("And also, to compare").select_option("other")
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Vectors]", has_text="18").wait_for()
        assert page.locator(".group").count() == 1
        assert page.locator("[data-row='9'][data-column='0']").inner_text() == "1.00"


def test_where_no_space_is_told_each_deployment_has_its_own(open_page, serving):
    with serving(one=FakeEmbedder(8), other=FakeEmbedder(16)) as address:
        page = open_page(address)

        def stripped(route):
            reply = route.fetch()
            headers = {name: value for name, value in reply.headers.items() if name != "x-vector-space"}
            route.fulfill(response=reply, headers=headers)

        page.route("**/embeddings*", stripped)
        page.get_by_label("And also, to compare").select_option("other")
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Dimensions]", has_text="8 and 16").wait_for()
        assert page.locator(".group").count() == 2


def test_a_new_key_leaves_the_settings_as_they_are(open_page, serving):
    with serving(one=FakeEmbedder(8), other=FakeEmbedder(8), third=FakeEmbedder(8)) as address:
        page = open_page(address)
        page.get_by_label("Deployment").select_option("third")
        page.get_by_label("And also, to compare").select_option("other")
        page.get_by_label("Input type").select_option("query")
        page.evaluate("() => { document.getElementById('key-form').hidden = false; }")
        page.locator("#key").fill("another")
        page.keyboard.press("Enter")
        page.get_by_text("The key is good.").wait_for()
        chosen = [page.locator(one).input_value() for one in ("#deployment", "#second", "#input-type")]
        assert chosen == ["third", "other", "query"]


def test_what_nobody_embeds_is_marked(open_page, serving):
    with serving(texts=FakeEmbedder(8, modalities=frozenset({Modality.TEXT}))) as address:
        page = open_page(address)
        pictures(page)
        page.get_by_role("button", name="Embed").click()
        page.get_by_text("texts embeds no images").first.wait_for()
        assert page.locator(".faulty").count() == 3


def test_what_a_deployment_cannot_do_is_switched_off(page):
    assert page.get_by_label("Input type").is_disabled()
    assert page.get_by_label("Dimensions").get_attribute("max") == "384"


def test_the_settings_are_what_is_asked(open_page, serving):
    model = FakeEmbedder(16)
    with serving(small=model) as address:
        page = open_page(address)
        page.get_by_label("Input type").select_option("query")
        page.get_by_label("Dimensions").fill("6")
        page.get_by_label("Encoding").select_option("base64")
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Dimensions]", has_text="6").wait_for()
    asked = model.requests[-1]
    assert (asked.input_type, asked.dimensions, asked.encoding) == ("query", 6, "base64")


def test_a_file_of_text_becomes_its_lines(page):
    clear(page)
    bring(page, "drop", [("notes.txt", "text/plain", b"one\n\ntwo\r\n"), ("a.zip", "application/zip", b"PK")])
    page.get_by_text("No images or text that can be read: a.zip").wait_for()
    assert texts(page) == ["one", "two"]


def test_what_cannot_be_read_is_told_and_the_rest_comes(page):
    clear(page)
    page.evaluate(
        """() => {
            const read = FileReader.prototype.readAsDataURL;
            FileReader.prototype.readAsDataURL = function (file) {
                if (file.name !== "gone.png") return read.call(this, file);
                this.dispatchEvent(new ProgressEvent("error"));
            };
        }"""
    )
    bring(page, "drop", [("gone.png", "image/png", b""), ("notes.txt", "text/plain", b"one")])
    page.get_by_text("1 added. No images or text that can be read: gone.png").wait_for()
    assert texts(page) == ["one"]


@pytest.mark.parametrize(
    ("types", "images"),
    [(("text/plain", "text/html"), 0), (("text/plain",), 1), (("text/html",), 1)],
    ids=["cells of a spreadsheet", "a file of a file manager", "an image of a page"],
)
def test_a_picture_of_a_text_that_came_as_well_is_not_taken(page, types, images):
    clear(page)
    page.locator("#inputs textarea").evaluate(
        """(field, [types, png]) => {
            const clipboardData = new DataTransfer();
            for (const type of types) clipboardData.setData(type, "one\\ntwo");
            const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
            clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        [types, base64.b64encode(png(1)).decode()],
    )
    page.locator("#notice", has_text="lines pasted" if images == 0 else "1 added").wait_for()
    assert page.locator("#inputs img").count() == images
    assert texts(page) == (["one", "two"] if images == 0 else [""])


def test_rows_are_added_moved_and_taken_away(page):
    clear(page)
    page.locator("#inputs textarea").focus()
    for text in ("one", "two", "three"):
        page.keyboard.insert_text(text)
        page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Alt+ArrowUp")
    assert texts(page) == ["one", "three", "two"]
    page.get_by_role("button", name="Move down, input 1").click()
    assert texts(page) == ["three", "one", "two"]
    page.get_by_role("button", name="Remove, input 2").click()
    assert texts(page) == ["three", "two"]
    page.get_by_role("button", name="Undo").click()
    assert texts(page) == ["three", "one", "two"]


def test_what_an_example_replaced_comes_back(page):
    clear(page)
    page.locator("#inputs textarea").fill("mine")
    page.get_by_label("Start from an example").select_option(label="Pictures")
    page.locator("#inputs img").first.wait_for()
    page.get_by_role("button", name="Undo").click()
    assert texts(page) == ["mine"]


def test_pasted_lines_are_an_input_each_and_can_be_taken_back(page):
    clear(page)
    page.locator("#inputs textarea").fill("mine")
    page.locator("#inputs textarea").evaluate(
        """(field) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "one\\n\\n two \\r\\nthree");
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    assert texts(page) == ["mine", "one", "two", "three"]
    page.get_by_role("button", name="Undo").press("Enter")
    assert texts(page) == ["mine"]
    page.keyboard.press("Enter")  # where one was
    assert texts(page) == ["mine", "one", "two", "three"]


def test_blank_rows_are_not_sent(page, embed):
    embed(page, "one", "two")
    page.get_by_role("button", name="Add a text").click()
    page.get_by_role("button", name="Embed").click()
    page.get_by_text("2 vectors came.").wait_for()
    clear(page)
    page.get_by_role("button", name="Embed").click()
    page.get_by_text("There is nothing to embed").wait_for()


def test_what_looks_like_markup_stays_a_text(page, embed):
    said = []
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    embed(page, markup, "${alert(3)}", "a cat")
    assert page.locator(".heat-table tbody th .label").all_inner_texts() == [markup, "${alert(3)}", "a cat"]
    for tab in ("Map", "Neighbours", "Vectors"):
        page.get_by_role("tab", name=tab).click()
        assert page.locator(".panel img, .panel script").count() == 0
    assert said == []
