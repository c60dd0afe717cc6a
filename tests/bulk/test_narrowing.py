import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.bulk.narrowing import embed_each
from onevec.errors import AuthenticationError, ContentFilterError, InvalidRequestError, UnsupportedParameterError
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest


def refusing(bad, error=ContentFilterError, *, told=False):
    """Embeds, but refuses whatever holds one of these texts; whether it says which."""
    fake, calls = FakeEmbedder(), []

    async def embed(inputs):
        calls.append(tuple(inputs))
        for index, one in enumerate(inputs):
            if one in bad:
                raise error(f"inputs[{index}] is refused", loc=("inputs", index) if told else ())
        return fake.embed(EmbedRequest("fake", tuple(inputs)))

    return embed, calls


@given(st.sets(st.integers(0, 19)), st.booleans())
async def test_culprits_are_found_and_the_others_embedded(bad, told):
    texts = [f"text {i}" for i in range(20)]
    embed, _ = refusing({texts[i] for i in bad}, told=told)
    outcome = await embed_each(texts, embed)
    assert set(outcome.failed) == bad
    done = [start + row for start, result in outcome.results for row in range(len(result.vectors))]
    assert done == [i for i in range(20) if i not in bad]


async def test_who_is_told_costs_three_calls_and_who_is_not_a_search():
    texts = [f"text {i}" for i in range(64)]
    embed, calls = refusing({"text 40"}, told=True)
    await embed_each(texts, embed)
    assert len(calls) == 4
    embed, calls = refusing({"text 40"})
    await embed_each(texts, embed)
    assert len(calls) == 1 + 2 * 6


async def test_a_place_that_is_wrong_is_no_dead_letter():
    async def embed(inputs):
        if "bad" in inputs and len(inputs) > 1:
            raise InvalidRequestError("part of a part", loc=("inputs", 0))
        if inputs == ["bad"]:
            raise InvalidRequestError("refused")
        return FakeEmbedder().embed(EmbedRequest("fake", tuple(inputs)))

    outcome = await embed_each(["a", "b", "bad"], embed)
    assert set(outcome.failed) == {2}


@pytest.mark.parametrize("error", [AuthenticationError, UnsupportedParameterError])
async def test_what_is_about_the_call_ends_the_run(error):
    embed, calls = refusing({"b"}, error)
    with pytest.raises(error):
        await embed_each(["a", "b"], embed)
    assert len(calls) == 1


async def test_when_every_row_is_refused_for_no_reason_of_its_own_the_call_is_wrong():
    embed, _ = refusing({"a", "b", "c"}, InvalidRequestError)
    with pytest.raises(InvalidRequestError):
        await embed_each(["a", "b", "c"], embed)
    embed, _ = refusing({"a", "b", "c"}, ContentFilterError)
    assert len((await embed_each(["a", "b", "c"], embed)).failed) == 3
