import pytest

from onevec.errors import AuthenticationError
from onevec.gateway.access.callers import Caller, Callers, read_credential
from onevec.gateway.access.keyring import Keyring


class Subjects:
    async def subject(self, token):
        if token == "good.jwt.token":
            return "someone"
        raise AuthenticationError("refused")


@pytest.fixture(scope="module")
def ring():
    return Keyring().with_new("alice", "now")


async def test_where_nobody_is_asked_the_address_is_the_caller():
    callers = Callers()
    assert callers.open
    assert await callers.authenticate({"authorization": "Basic x"}, "10.0.0.1") == Caller("10.0.0.1", "address")
    assert (await callers.authenticate({}, None)).id == "address:unknown"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer {}"},
        {"authorization": "bearer   {} "},
        {"authorization": "Bearer: {}"},
        {"api-key": "{}"},
        {"x-api-key": " {} "},
        {"authorization": "Bearer {}", "api-key": "{}"},
        {"authorization": "Bearer {}", "api-key": "{}", "x-api-key": "{}"},
        {"authorization": "", "api-key": "{}"},
    ],
)
async def test_a_key_is_taken_from_each_header(ring, headers):
    keyring, key = ring
    callers = Callers(keyring)
    assert not callers.open
    sent = {name: value.format(key) for name, value in headers.items()}
    assert await callers.authenticate(sent, "h") == Caller("alice", "key")


REFUSED = {
    "nothing": ({}, "missing_api_key"),
    "empty": ({"authorization": "Bearer ", "api-key": " "}, "missing_api_key"),
    "the word alone": ({"authorization": "Bearer"}, "missing_api_key"),
    "another scheme": ({"authorization": "Basic dTpw"}, "unsupported_scheme"),
    "no scheme": ({"authorization": "{}"}, "unsupported_scheme"),
    "contradiction": ({"authorization": "Bearer {}", "api-key": "other"}, "conflicting_keys"),
    "contradiction of the others": ({"api-key": "{}", "x-api-key": "other"}, "conflicting_keys"),
    "unknown": ({"api-key": "wrong"}, "invalid_api_key"),
    "twice in one header": ({"api-key": "{}, {}"}, "invalid_api_key"),
    "a token where keys alone are known": ({"authorization": "Bearer good.jwt.token"}, "invalid_api_key"),
    "not ASCII": ({"api-key": "ключ"}, "invalid_api_key"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_everything_else_is_refused_without_repeating_it(ring, name):
    keyring, key = ring
    headers, code = REFUSED[name]
    with pytest.raises(AuthenticationError) as caught:
        await Callers(keyring).authenticate({name: value.format(key, key) for name, value in headers.items()}, "h")
    assert (caught.value.status, caught.value.code) == (401, code)
    assert key not in caught.value.message


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1:0:0:1", "2001:db8::"),
        ("::1", "::"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("unix:/x", "unix:/x"),
    ],
)
def test_addresses_of_one_subscriber_are_counted_together(host, counted):
    assert Caller(host, "address").id == f"address:{counted}"


async def test_keys_and_tokens_side_by_side(ring):
    keyring, key = ring
    callers = Callers(keyring, Subjects())
    assert (await callers.authenticate({"api-key": key}, "h")).id == "key:alice"
    assert (await callers.authenticate({"authorization": "Bearer good.jwt.token"}, "h")).id == "entra:someone"
    for wrong in ("bad.jwt.token", "opaque"):
        with pytest.raises(AuthenticationError):
            await callers.authenticate({"authorization": f"Bearer {wrong}"}, "h")


def test_one_credential_sent_twice_is_one():
    assert read_credential({"authorization": "Bearer k", "x-api-key": "k"}) == "k"
