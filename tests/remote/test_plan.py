from onevec.remote.plan import Limits, plan
from onevec.types import EmbedRequest


def test_a_call_that_fits_is_its_own_part():
    request = EmbedRequest("m", ("a", (1, 2)))
    (part,) = plan(request, Limits(max_items=2)).requests
    assert part is request


def test_a_prompt_makes_another_part_though_the_call_fits():
    (part,) = plan(EmbedRequest("m", ("a",), prompt="query: "), Limits(max_items=2)).requests
    assert (part.inputs, part.prompt) == (("query: a",), None)


def test_a_prompt_that_says_nothing_is_gone_from_the_part():
    (part,) = plan(EmbedRequest("m", ((1, 2),), prompt="query: "), Limits(max_items=2)).requests
    assert (part.inputs, part.prompt) == (((1, 2),), None)
