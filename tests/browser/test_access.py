"""For everybody: by keyboard alone, in both colour schemes, on a phone, and as axe would have it."""

import pytest

from onevec.testing import FakeEmbedder

SCHEMES = ("light", "dark")
GRAVE = frozenset({"serious", "critical"})
TABS = ("Similarity", "Map", "Neighbours", "Vectors", "Code", "Live", "Encodings")


@pytest.fixture
def faults(witness):
    """The serious and critical faults that axe finds, each with its first place."""
    axe = witness("axe_playwright_python.sync_playwright").Axe()

    def find(page):
        found = axe.run(page).response["violations"]
        return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE]

    return find


def opened(open_page, server, **settings):
    return open_page(server, reduced_motion="reduce", **settings)


def embedded(page):
    page.get_by_role("button", name="Embed").click()
    page.locator(".heat-table td[data-row]").first.wait_for()
    return page


def refuse(page, fault):
    page.route("**/embeddings*", lambda route: route.fulfill(status=400, json=fault))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_grave_in_any_view(open_page, server, faults, scheme):
    page = opened(open_page, server, color_scheme=scheme)
    assert faults(page) == []
    embedded(page)
    page.locator(".space summary").click()
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert faults(page) == [], tab
    page.get_by_role("button", name="Measure all six").click()
    page.locator("[data-encoding=ubinary]").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_grave_with_errors_images_and_two_spaces(open_page, server, faults, scheme):
    page = opened(open_page, server, color_scheme=scheme)
    page.get_by_label("Start from an example").select_option(label="Pictures")
    page.locator("#inputs img").first.wait_for()
    page.get_by_role("button", name="Add a text").click()
    page.keyboard.insert_text("a sunset")
    page.get_by_label("And also, to compare").select_option("all-minilm-l6-v2")
    page.get_by_label("Dimensions").fill("5")
    page.get_by_role("button", name="Embed").click()
    page.locator("#faults p").first.wait_for()
    assert faults(page) == []
    page.get_by_label("Dimensions").fill("")
    page.get_by_role("button", name="Embed").click()
    page.locator(".apart").wait_for()
    assert faults(page) == []
    page.evaluate("() => { document.getElementById('key-form').hidden = false; }")
    assert faults(page) == []


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_is_wider_than_the_window(open_page, server, width):
    page = opened(open_page, server, viewport={"width": width, "height": 800})
    embedded(page)
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, tab
    page.get_by_role("button", name="Measure all six").click()
    page.locator("[data-encoding=ubinary]").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_long_names_and_messages_are_broken(open_page, serving):
    one, other = "a" * 64, "b" * 64
    with serving(**{one: FakeEmbedder(8), other: FakeEmbedder(16)}) as address:
        page = opened(open_page, address, viewport={"width": 360, "height": 800})
        page.get_by_label("And also, to compare").select_option(other)
        embedded(page)
        page.get_by_role("tab", name="Encodings").click()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        page.get_by_role("tab", name="Similarity").click()
        for loc, place in (["input", "2"], "#inputs .faulty .row-fault"), (["dimensions"], "#dimensions-fault"):
            page.unroute_all()
            refuse(page, {"message": "x" * 300, "detail": {"loc": loc}})
            page.get_by_role("button", name="Embed").click()
            page.locator(place, has_text="xxx").first.wait_for()
            assert page.locator(place).first.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


def test_by_keyboard_alone(open_page, server):
    page = opened(open_page, server)
    current = "() => document.activeElement.id || document.activeElement.getAttribute('aria-label')"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the results"
    reached = []
    while "embed" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(current))
        assert len(reached) < 80, reached
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid", reached[-1]
    controls = [
        "scheme",
        "examples",
        "clear",
        "add-text",
        "add-images",
        "deployment",
        "second",
        "dimensions",
        "encoding",
    ]
    assert {*controls, "Input 1", "Move down, input 1", "Remove, input 9"} <= {*reached}
    page.keyboard.press("Control+Enter")
    page.locator(".heat-table td[data-row]").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the space, on to the tabs
    assert page.evaluate(current) == "tab-similarity"
    page.locator(".heat-table [tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("() => ({ ...document.activeElement.dataset })") == {"row": "1", "column": "2"}
    assert page.locator(".heat-detail span").first.inner_text().startswith("2 ")
    page.locator("#tab-similarity").focus()
    for tab in ("map", "neighbours", "vectors", "encodings", "code", "live", "similarity"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate(current) == f"tab-{tab}"
        assert page.get_by_role("tabpanel").get_attribute("aria-labelledby") == f"tab-{tab}"


def test_the_colour_scheme_is_the_systems_until_another_is_chosen_and_remembered(open_page, server):
    page = opened(open_page, server, color_scheme="dark")
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(background)
    toggle = page.get_by_role("button", name="Dark colours")
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.click()
    light = page.evaluate(background)
    assert (light != dark, toggle.get_attribute("aria-pressed")) == (True, "false")
    page.reload()
    assert page.evaluate(background) == light
    assert page.evaluate("() => Object.keys(localStorage)") == ["onevec-colour-scheme"]
    assert page.evaluate("() => [sessionStorage.length, document.cookie]") == [0, ""]


def test_results_and_errors_are_told_to_those_who_do_not_see_them(open_page, server):
    page = opened(open_page, server)
    embedded(page)
    assert page.get_by_role("status").filter(has_text="9 vectors came.").count() == 1
    page.get_by_label("Dimensions").fill("5")
    page.get_by_role("button", name="Embed").click()
    page.get_by_role("alert").filter(has_text="dimensions").wait_for()


def test_nothing_moves_for_who_wants_nothing_to_move(open_page, server):
    page = opened(open_page, server)
    moving = """() => [...document.querySelectorAll("*")].filter((one) => {
        const { transitionDuration, animationName } = getComputedStyle(one);
        return parseFloat(transitionDuration) > 0 || animationName !== "none";
    }).length"""
    assert page.evaluate(moving) == 0
