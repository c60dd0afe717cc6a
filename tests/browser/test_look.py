"""How the playground looks: pictures for docs/playground.md, which git does not keep."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "playground"

WIDE = {"width": 1360, "height": 860}
LOOKS = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 780}, "is_mobile": True, "has_touch": True},
    "images": {"viewport": WIDE, "color_scheme": "light"},
    "map": {"viewport": WIDE, "color_scheme": "light"},
    "encodings": {"viewport": WIDE, "color_scheme": "light"},
    "code": {"viewport": WIDE, "color_scheme": "light"},
    "live": {"viewport": WIDE, "color_scheme": "light"},
}
"""What is pictured, in what window."""


def images(page):
    page.get_by_label("Start from an example").select_option(label="Pictures")
    page.locator("#inputs img").first.wait_for()


def a_map(page):
    page.get_by_role("tab", name="Map").click()
    page.locator(".mark").nth(8).wait_for()
    box = page.locator(".map-canvas").bounding_box()
    left, right, low = box["x"] + 20, box["x"] + box["width"] - 20, box["y"] + box["height"]
    page.mouse.move(left, low - 110)
    page.mouse.down()
    for x, y in ((right, low - 110), (right, low - 8), (left, low - 8)):
        page.mouse.move(x, y, steps=5)
    page.mouse.up()


def encodings(page):
    page.get_by_role("tab", name="Encodings").click()
    page.get_by_role("button", name="Measure all six").click()
    page.locator("[data-encoding=ubinary]").wait_for()
    page.mouse.move(0, 0)


def code(page):
    page.get_by_role("tab", name="Code").click()
    page.get_by_role("button", name="Python · openai").click()


def live(page):
    page.get_by_role("tab", name="Live").click()
    for _ in range(8):
        page.get_by_role("button", name="Embed").click()
        page.wait_for_timeout(700)


BEFORE = {"images": images}
AFTER = {"map": a_map, "encodings": encodings, "code": code, "live": live}


@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_like_this(open_page, server, name):
    page = open_page(server, device_scale_factor=2, **LOOKS[name])
    BEFORE.get(name, lambda _: None)(page)
    page.get_by_role("button", name="Embed").click()
    page.locator(".heat-table td[data-row]").first.wait_for()
    AFTER.get(name, lambda _: None)(page)
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", full_page=name == "phone")
