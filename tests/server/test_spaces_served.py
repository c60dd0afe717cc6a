"""The space guard over HTTP: what the server tells of its vectors' space, and what a client may expect of it."""

import numpy as np
import pytest

from onevec.testing import FakeEmbedder

TOML = """
[deployments.fake]
model = "local:fake"
"""
ROUTES = ["/v1/embeddings", "/embeddings?api-version=2024-05-01-preview", "/api/embed"]


class Counting(FakeEmbedder):
    """Counts what it is asked; says that it does not know its space until then, if told so."""

    def __init__(self, *, knows=True):
        super().__init__()
        self.asked, self.knows = 0, knows

    @property
    def space(self):
        return super().space if self.knows or self.asked else None

    async def aembed(self, request):
        self.asked += 1
        return await super().aembed(request)


def post(server, expected, route=ROUTES[0], **more):
    body = {"model": "fake", "input": ["a text"], **more}
    return server.post(route, body, {"x-expect-vector-space": expected})


@pytest.mark.parametrize("route", ROUTES)
def test_whoever_expects_the_right_space_is_answered(serve, route):
    with serve(TOML, fake=Counting()) as server:
        told = server.post(route, {"model": "fake", "input": ["a text"]}).headers["x-vector-space"]
        assert post(server, told, route).status == 200


@pytest.mark.parametrize("route", ROUTES)
def test_whoever_expects_another_is_refused_before_any_cost(serve, route):
    fake = Counting()
    with serve(TOML, fake=fake) as server:
        answer = post(server, "openai:text-embedding-3-small/1536/normalized", route)
        assert answer.status == 412
        assert b"openai:text-embedding-3-small" in answer.body
        assert b"fake@fake-1" in answer.body
        assert fake.asked == 0


def test_a_space_that_only_the_answer_tells_is_checked_then(serve):
    fake = Counting(knows=False)
    with serve(TOML, fake=fake) as server:
        answer = post(server, "other/8")
        assert (answer.status, fake.asked) == (412, 1)
        assert answer.json["error"]["code"] == "vector_space_mismatch"


def test_what_names_no_space_is_told_so(serve):
    with serve(TOML, fake=Counting()) as server:
        answer = post(server, "something")
        assert answer.status == 400
        assert answer.json["error"]["param"] == "x-expect-vector-space"


def test_shorter_vectors_have_a_space_of_their_own(serve):
    with serve(TOML + 'dimensions = "any"\n', fake=Counting()) as server:
        told = server.post(ROUTES[0], {"model": "fake", "input": ["a"], "dimensions": 4}).headers["x-vector-space"]
        assert post(server, told, dimensions=4).status == 200
        assert post(server, told).status == 412


def test_our_own_client_reads_the_space_of_a_server_of_ours(serve):
    from onevec import embedding

    with serve(TOML, fake=Counting()) as server:
        response = embedding(f"{server.url}/v1:fake", ["a text"], api_key="none")
    assert response.space == FakeEmbedder().space
    assert np.array_equal(response.vectors, FakeEmbedder().embed(_request()).vectors)


def _request():
    from onevec.types import EmbedRequest

    return EmbedRequest("fake", ("a text",))
