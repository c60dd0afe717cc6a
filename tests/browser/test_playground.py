"""The playground, as a person uses it."""


def test_it_opens(page):
    assert page.get_by_role("heading", level=1).inner_text() == "onevec playground"
