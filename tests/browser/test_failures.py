"""What goes wrong: told in the server's words, at its place, with nothing lost."""

import asyncio
import re
import threading

import pytest

from onevec.gateway import KeysFile
from onevec.testing import FakeEmbedder

KEYS = '[server]\nport = 0\n[auth]\nkeys = "{keys}"\n[deployments.all-minilm-l6-v2]\nmodel = "local:all-minilm-l6-v2"\n'


class Held(FakeEmbedder):
    """Embeds a request with the text `slow` when it is let go, and every other at once."""

    def __init__(self) -> None:
        super().__init__(8)
        self.arrived = threading.Event()
        self.cancelled = threading.Event()

    async def aembed(self, request):
        if "slow" in request.inputs:
            self.arrived.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        return self.embed(request)


def texts(page):
    return page.evaluate("() => [...document.querySelectorAll('#inputs textarea')].map((field) => field.value)")


def press_embed(page):
    page.get_by_role("button", name="Embed").click()


def test_an_error_is_shown_at_the_input_that_it_is_about(page, embed):
    embed(page, "a cat", "a dog")
    page.get_by_role("button", name="Add a text").click()
    page.keyboard.insert_text("word " * 400)
    page.get_by_role("button", name="Move up, input 3").click()
    press_embed(page)
    page.locator("#faults strong", has_text="Input 2").wait_for()
    row = page.locator("#inputs li.faulty")
    assert "402 tokens" in row.locator(".row-fault").inner_text()
    field = row.locator("textarea")
    assert (field.get_attribute("aria-label"), field.get_attribute("aria-invalid")) == ("Input 2", "true")
    assert page.locator("[data-fact=Vectors]").inner_text() == "2"  # what came before stays
    field.fill("a mouse")
    assert page.locator("#inputs li.faulty").count() == 0
    press_embed(page)
    page.locator("[data-fact=Vectors]", has_text="3").wait_for()
    assert page.locator("#faults p").count() == 0


def test_an_image_that_cannot_be_read_is_marked_beside_the_texts(page):
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["<svg/>"], "drawing.svg", { type: "image/svg+xml" }));
            document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
        }"""
    )
    page.locator("#inputs img").wait_for()
    press_embed(page)
    page.locator("#faults strong", has_text="Input 10").wait_for()
    assert page.locator("#inputs li.faulty img").get_attribute("alt") == "drawing.svg"
    assert page.locator("[data-fact=Vectors]").inner_text() == "9"  # those of the texts


def test_an_error_about_a_setting_is_shown_there(page):
    page.get_by_label("Dimensions").fill("12")
    press_embed(page)
    page.locator("#dimensions-fault", has_text="dimensions").wait_for()
    assert page.get_by_label("Dimensions").get_attribute("aria-invalid") == "true"


@pytest.fixture
def keyed(served, tmp_path):
    """The address of a server that asks for a key, and a key of it."""
    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring, key = change.keyring.with_new("tester", "2026-01-01T00:00:00+00:00")
    with served(KEYS.format(keys=tmp_path / "keys.json")) as address:
        yield address, key


def test_a_key_is_asked_for_and_stays_in_memory(open_page, keyed):
    address, key = keyed
    page = open_page(address)
    sent = []
    page.on("request", lambda asked: sent.append((asked.url, asked.headers.get("authorization"))))
    field = page.get_by_label("This server asks for a key")
    field.wait_for()
    assert page.evaluate("() => document.activeElement.id") == "key"
    field.fill("wrong")
    page.keyboard.press("Enter")
    page.locator("#faults p").first.wait_for()
    field.fill(key)
    page.keyboard.press("Enter")
    page.get_by_text("The key is good.").wait_for()
    press_embed(page)
    page.locator("[data-fact=Vectors]", has_text="9").wait_for()
    assert sent[-1][1] == f"Bearer {key}"
    assert all(key not in url for url, _ in sent)
    stored = page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    assert key not in stored
    assert key not in page.content()
    page.reload()
    assert field.input_value() == ""


def test_what_can_be_no_key_is_told(open_page, keyed):
    address, _ = keyed
    page = open_page(address)
    field = page.get_by_label("This server asks for a key")
    field.fill("“onevec_abc”")
    page.keyboard.press("Enter")
    page.get_by_text("This is no key").wait_for()
    assert page.evaluate("() => document.activeElement.id") == "key"


def test_what_a_wrong_key_was_told_does_not_overtake_the_right_one(open_page, keyed):
    address, key = keyed
    page = open_page(address)
    field = page.get_by_label("This server asks for a key")
    waiting = []

    def held(route):
        is_wrong = route.request.headers["authorization"] == "Bearer wrong"
        waiting.append(route) if is_wrong else route.continue_()

    page.route("**/v1/models", held)
    for one in ("wrong", key):
        field.fill(one)
        page.keyboard.press("Enter")
    page.get_by_text("The key is good.").wait_for()
    (late,) = waiting
    late.fulfill(status=401, body='{"message": "no such key"}')
    press_embed(page)
    page.locator("[data-fact=Vectors]", has_text="9").wait_for()
    assert page.locator("#faults p").count() == 0
    assert field.is_hidden()


def test_a_name_and_password_in_the_address_stay_there(browser, serving):
    with serving(fake=FakeEmbedder(8)) as address:
        page = browser.new_page()
        page.goto(address.replace("//", "//me:secret@"))
        press_embed(page)
        page.locator("[data-fact=Vectors]", has_text="9").wait_for()
        page.get_by_role("tab", name="Code").click()
        assert f"'{address}/embeddings" in page.get_by_role("tabpanel").inner_text()
        page.close()


def test_a_login_of_a_proxy_goes_with_every_request(open_page, serving):
    with serving(fake=FakeEmbedder(8)) as address:
        page = open_page(address)
        page.context.add_cookies([{"name": "session", "value": "proxy", "url": address}])
        with page.expect_request("**/embeddings*") as asked:
            press_embed(page)
        assert asked.value.all_headers()["cookie"] == "session=proxy"


@pytest.mark.parametrize(
    ("toml", "said"),
    [("max_body = 1024", "Embed fewer inputs"), ("[limits]\nrequests_per_minute = 1", "the inputs stay as they are")],
    ids=["too large", "too often"],
)
def test_what_the_server_refuses_loses_nothing(open_page, serving, toml, said):
    with serving(toml, fake=FakeEmbedder(8)) as address:
        page = open_page(address)
        page.locator("#inputs textarea").first.fill("some words of mine " * (100 if "max_body" in toml else 1))
        before = texts(page)
        press_embed(page)
        page.locator("#notice", has_text="9 vectors came").or_(page.locator("#faults p").first).wait_for()
        press_embed(page)
        page.get_by_text(said).wait_for()
        assert texts(page) == before
        again = page.locator("#faults button")
        if "limits" in toml:
            assert re.fullmatch(r"Try again in \d+ s", again.inner_text())
            assert again.is_disabled()


def test_without_a_network_it_says_so_and_goes_on_later(page):
    page.context.set_offline(True)
    press_embed(page)
    page.get_by_text("The server cannot be reached").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "embed"
    page.locator("[data-fact=Vectors]", has_text="9").wait_for()
    assert page.locator("#faults p").count() == 0


@pytest.mark.parametrize("body", ["<!doctype html>", "{}", "null", '{"data": "none"}'])
def test_what_is_no_answer_of_the_server_is_told(page, body):
    page.route("**/embeddings*", lambda route: route.fulfill(status=200, body=body))
    press_embed(page)
    page.get_by_text("What came is no answer of this server").wait_for()


def test_a_new_request_gives_up_the_old_one(open_page, serving):
    held = Held()
    with serving(held=held) as address:
        page = open_page(address)
        page.get_by_role("button", name="Clear").first.click()
        page.locator("#inputs textarea").fill("slow")
        press_embed(page)
        assert held.arrived.wait(10)
        page.locator("#inputs textarea").fill("quick")
        page.keyboard.press("Control+Enter")
        page.locator("[data-fact=Vectors]", has_text="1").wait_for()
        assert page.locator("#embed").inner_text() == "Embed"
        page.get_by_role("tab", name="Vectors").click()
        assert page.locator(".vectors .label").all_inner_texts() == ["quick"]
        assert held.cancelled.wait(10)


def test_an_error_about_an_input_that_was_taken_away_since(page):
    waiting = []
    page.route("**/embeddings*", lambda route: waiting.append(route))
    with page.expect_request("**/embeddings*"):
        press_embed(page)
    page.get_by_role("button", name="Remove, input 3").click()
    waiting[0].fulfill(status=400, json={"message": "too long", "detail": {"loc": ["input", "2"]}})
    page.get_by_text("An input that was taken away: too long").wait_for()


def test_stop_stops(open_page, serving):
    held = Held()
    with serving(held=held) as address:
        page = open_page(address)
        page.locator("#inputs textarea").first.fill("slow")
        press_embed(page)
        assert held.arrived.wait(10)
        page.get_by_role("button", name="Stop").click()
        assert held.cancelled.wait(10)
        assert page.get_by_text("Nothing is embedded yet.").is_visible()


def test_an_encoding_that_a_model_does_not_have_is_told_in_its_row(open_page, serving):
    with serving(fake=FakeEmbedder(8, int8_scale=None)) as address:
        page = open_page(address)
        press_embed(page)
        page.get_by_role("tab", name="Encodings").click()
        page.get_by_role("button", name="Measure all six").click()
        page.locator("[data-encoding=ubinary]").wait_for()
        assert "int8 scale" in page.locator("[data-encoding=int8] .refused").inner_text()
        assert page.locator(".refused").count() == 2
