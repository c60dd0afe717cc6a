"""The playground's files, as the server hands them out."""

import pytest

from onevec.server.playground import POLICY


def test_the_page_is_at_the_root(fake_server):
    reply = fake_server.get("/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == POLICY
    assert b"<title>onevec playground</title>" in reply.body


def test_what_a_browser_has_is_not_sent_again(fake_server):
    tag = fake_server.get("/playground/main.js").headers["etag"]
    for known in (tag, f"W/{tag}", f'"another", W/{tag}'):
        again = fake_server.get("/playground/main.js", {"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert "content-length" not in again.headers  # zero would be a lie about the file
    assert fake_server.get("/playground/main.js", {"if-none-match": f'"{tag}"'}).status == 200


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("maths/pca.js", "text/javascript; charset=utf-8"),
        ("styles/tokens.css", "text/css; charset=utf-8"),
        ("logo.svg", "image/svg+xml"),
    ],
)
def test_files_in_folders_are_served_as_what_they_are(fake_server, path, content_type):
    reply = fake_server.get(f"/playground/{path}")
    assert (reply.status, reply.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize(
    "name", ["none.js", "..%2f__init__.py", "__init__.py", "%00", "static", "maths", "maths/", "maths/../main.js"]
)
def test_only_its_files_are_served(fake_server, name):
    assert fake_server.get(f"/playground/{name}").status == 404


def test_it_can_be_left_out(serve):
    with serve('[server]\nport = 0\nplayground = false\n[deployments.fake]\nmodel = "local:fake"\n') as server:
        assert server.get("/").status == 404
        assert server.get("/playground/main.js").status == 404


def test_the_price_that_its_cost_is_made_of(serve):
    row = '[deployments.{}]\nmodel = "local:fake"\n'
    with serve("[server]\nport = 0\n" + row.format("unknown") + row.format("known") + "price = 0.02\n") as server:
        prices = {card["id"]: card["price"] for card in server.get("/v1/models").json["data"]}
    assert prices == {"known": 0.02, "unknown": None}
