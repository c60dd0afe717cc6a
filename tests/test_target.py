import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import UnsupportedParameterError
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, InputType

KEY = "sk-a-long-secret"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ("bearer", {"authorization": f"Bearer {KEY}"}),
        ("api-key", {"api-key": KEY}),
        ("both", {"authorization": f"Bearer {KEY}", "api-key": KEY}),
        ("none", {}),
    ],
)
def test_how_a_key_is_sent(auth, headers):
    sent = Target("p", "https://h", key=KEY, auth=auth).request_headers()
    assert {name: sent[name] for name in ("authorization", "api-key") if name in sent} == headers
    assert sent["content-type"] == sent["accept"] == "application/json"


def test_the_users_headers_win():
    target = Target("p", "https://h", key=KEY, headers={"authorization": "Basic abc"})
    assert target.request_headers()["authorization"] == "Basic abc"


def test_no_key_no_header():
    assert "authorization" not in Target("p", "https://h").request_headers()


def test_nothing_secret_is_shown():
    target = Target("p", "https://h", key=KEY, headers={"x": "shown-to-nobody"}, query=(("code", "query-secret"),))
    assert all(secret not in repr(target) for secret in (KEY, "shown-to-nobody", "query-secret"))


@given(st.text(), st.text())
def test_secrets_are_struck_out_wherever_they_stand(before, after):
    target = Target(
        "p",
        "https://h",
        key=KEY,
        headers={"authorization": "Basic dXNlcjpwYXNz", "x-tenant": "blue"},
        query=(("code", "query-secret"),),
    )
    text = target.redact(f"{before}{KEY} dXNlcjpwYXNz query-secret{after}")
    assert all(secret not in text for secret in (KEY, "dXNlcjpwYXNz", "query-secret"))
    assert target.redact("the tenant is blue") == "the tenant is blue"


@pytest.mark.parametrize(
    "spelt", [r"ab+cd\/ef==gh", r"ab\u002Bcd/ef\u003d\u003dgh", "ab%2Bcd%2Fef%3D%3dgh", "ab+cd/ef==gh"]
)
def test_a_secret_is_struck_out_as_json_and_urls_escape_it(spelt):
    target = Target("p", "https://h", key="ab+cd/ef==gh")
    assert target.redact(f"no such key: {spelt}!") == "no such key: [redacted]!"
    assert target.redact("no such key: abXcd/ef==gh!") == "no such key: abXcd/ef==gh!"


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (EmbedRequest("m", ("a",), dimensions=8), "dimensions"),
        (EmbedRequest("m", ("a",), input_type=InputType.QUERY), "input_type"),
        (EmbedRequest("m", ("a",), input_type=InputType.DOCUMENT), "input_type"),
        (EmbedRequest("m", ("a",), extra={"user": "me"}), "user"),
    ],
)
def test_what_a_provider_does_not_have_is_refused(request_, param):
    with pytest.raises(UnsupportedParameterError) as caught:
        check_parameters(request_, Target("sambanova", "https://h", parameters=frozenset({"base64"})))
    assert caught.value.param == param
    assert caught.value.provider == "sambanova"
    assert "sambanova" in caught.value.message
    assert param in caught.value.message


def test_text_is_what_everybody_embeds():
    request = EmbedRequest("m", ("a",), input_type=InputType.TEXT)
    check_parameters(request, Target("p", "https://h", parameters=frozenset()))
