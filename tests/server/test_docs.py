"""What docs/server.md shows, works; what it names, is there."""

import re
from pathlib import Path

import pytest

from onevec.gateway import parse
from onevec.server.routes import ROUTES

PAGE = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_configuration_is_right_and_complete():
    config = parse(block("toml"))
    assert list(config.deployments) == ["small", "large"]
    shown = set(re.findall(r"^(?:# )?(\w+) =", block("toml"), re.MULTILINE))
    assert set(type(config.server).__struct_fields__) <= shown
    assert set(type(config.limits).__struct_fields__) <= shown


def test_the_defaults_that_it_shows_are_the_defaults():
    shown = parse(block("toml")).server
    assert shown == type(shown)()


@pytest.mark.parametrize("kind", sorted({route.kind for route in ROUTES}))
def test_every_kind_of_route_is_named(kind):
    paths = {re.sub(r"/\{name.*|\[.*", "", route.path) for route in ROUTES if route.kind == kind}
    assert any(path in PAGE for path in paths)


def test_every_figure_is_named(fake_server):
    fake_server.post("/v1/embeddings", {"model": "fake", "input": "a"})
    page = fake_server.get("/metrics").body.decode()
    names = {
        re.sub(r"_(total|bucket|count|sum|created)$", "", name) for name in re.findall(r"^(onevec_\w+)", page, re.M)
    }
    assert all(name in PAGE for name in names)
