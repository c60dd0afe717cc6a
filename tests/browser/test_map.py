"""The map: points that are hovered, walked, and drawn round; and what a selection changes."""

import pytest

TEXTS = ("a cat", "a kitten", "a dog", "interest rates", "the central bank", "tomato soup", "fresh bread")


@pytest.fixture
def mapped(page, embed):
    embed(page, *TEXTS)
    page.get_by_role("tab", name="Map").click()
    page.locator(".mark").nth(len(TEXTS) - 1).wait_for()
    return page


def place(mark):
    """The middle of a point, on the page."""
    box = mark.locator("circle").last.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def selected(page):
    return page.locator(".selection .label").all_inner_texts()


def test_a_line_round_points_selects_them_and_filters_neighbours(mapped):
    x, y = place(mapped.get_by_role("checkbox", name="4: interest rates"))
    outline = [(x - 20, y - 20), (x + 20, y - 20), (x + 20, y + 20), (x - 20, y + 20)]
    mapped.mouse.move(*outline[0])
    mapped.mouse.down()
    for corner in outline[1:]:
        mapped.mouse.move(*corner, steps=4)
    mapped.mouse.up()
    inside = [
        text
        for i, text in enumerate(TEXTS)
        if all(abs(a - b) < 20 for a, b in zip(place(mapped.locator(".mark").nth(i)), (x, y), strict=True))
    ]
    assert selected(mapped) == inside
    assert "interest rates" in inside
    mapped.get_by_role("checkbox", name="7: fresh bread").click()
    assert selected(mapped) == [text for text in TEXTS if text in {*inside, "fresh bread"}]
    mapped.get_by_role("tab", name="Neighbours").click()
    assert mapped.locator(".neighbours > li").count() == len(inside) + 1
    assert {*mapped.locator(".neighbours ol .label").all_text_contents()} == {*inside, "fresh bread"}


@pytest.fixture
def finger(page):
    """Draws with a finger, from point to point, as the hardware does."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def draw(*points):
        for i, (x, y) in enumerate(points):
            kind = "touchMove" if i else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    return draw


def test_a_finger_that_begins_sideways_draws_and_one_that_goes_up_scrolls(mapped, finger):
    mapped.set_viewport_size({"width": 900, "height": 600})
    mapped.locator(".map-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'start' })")
    box = mapped.locator(".map-stage").bounding_box()
    left, right = box["x"] + 16, box["x"] + box["width"] - 16  # within its round corners
    top, bottom = box["y"] + 16, box["y"] + box["height"] - 16
    steps = [left + (right - left) * i / 10 for i in range(11)]
    finger(*((x, top) for x in steps), (right, bottom), *((x, bottom) for x in reversed(steps)))
    assert selected(mapped) == [*TEXTS]
    before = mapped.evaluate("() => scrollY")
    finger(*((left, top + 20 * i) for i in range(10)))
    mapped.wait_for_function("(before) => scrollY < before", arg=before)
    assert selected(mapped) == [*TEXTS]
    assert mapped.locator("path.lasso").count() == 0


def test_focus_stays_when_the_map_is_drawn_anew_or_the_selection_goes(mapped):
    current = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    mapped.locator(".mark[tabindex='0']").focus()
    mapped.keyboard.press("Space")
    mapped.locator(".mark").first.evaluate("(mark) => { mark.dataset.old = ''; }")
    mapped.set_viewport_size({"width": 900, "height": 700})
    mapped.locator(".mark[data-old]").wait_for(state="detached")
    assert mapped.evaluate(current) == "1: a cat"
    mapped.locator(".selection").get_by_role("button", name="Clear").press("Enter")
    assert mapped.evaluate(current) == "Nothing selected"


def test_a_point_tells_its_text(mapped):
    mapped.get_by_role("checkbox", name="2: a kitten").hover()
    assert mapped.locator(".tip").inner_text().split("\n")[-1] == "a kitten"
    mapped.mouse.move(0, 0)
    assert mapped.locator(".tip").is_hidden()


def test_the_keyboard_walks_and_selects(mapped):
    mapped.get_by_role("tab", name="Map").focus()
    mapped.keyboard.press("Tab")
    mapped.keyboard.press("Tab")
    current = "() => document.activeElement.getAttribute('aria-label')"
    assert mapped.evaluate(current) == "1: a cat"
    seen = {mapped.evaluate(current)}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 4:
        before = mapped.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
        mapped.keyboard.press(key)
        after = mapped.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
        axis, sign = {"ArrowRight": ("x", 1), "ArrowLeft": ("x", -1), "ArrowDown": ("y", 1), "ArrowUp": ("y", -1)}[key]
        assert (after[axis] - before[axis]) * sign >= 0
        seen.add(mapped.evaluate(current))
    assert len(seen) > 2
    mapped.keyboard.press("Space")
    assert [f"{TEXTS.index(text) + 1}: {text}" for text in selected(mapped)] == [mapped.evaluate(current)]
    mapped.keyboard.press("Escape")
    assert selected(mapped) == []


def test_no_label_ends_with_half_an_emoji(page):
    script = """async (text) => {
        const { placed } = await import("/playground/views/placing.js");
        return placed([[20, 50]], [{ label: text, input: {} }], 600)[0].text;
    }"""
    assert page.evaluate(script, "a" * 38 + "🙂🙂") == "a" * 38 + "…"


def test_two_inputs_have_no_map(page, embed):
    embed(page, "a cat", "a dog")
    page.get_by_role("tab", name="Map").click()
    assert "at least three inputs" in page.get_by_role("tabpanel").inner_text()
