import json
from datetime import UTC, datetime

import msgspec
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import AuthenticationError, InvalidRequestError
from onevec.gateway import Callers, Deployment, Deployments, Keyring, KeysFile, Queue
from onevec.gateway.access.policy import MOST, OPEN, Budget, Policy, moment, period_end, period_name
from onevec.gateway.wrappers.queue import Bounds
from onevec.testing import FakeEmbedder

NOW = "2026-11-20T10:00:00+00:00"

SAID = {
    "2M tokens/day": Budget(2_000_000, "tokens", "day"),
    "2_000_000 tokens per day": Budget(2_000_000, "tokens", "day"),
    "1 token a month": Budget(1, "tokens", "month"),
    "1.5k tokens/month": Budget(1500, "tokens", "month"),
    "10 USD/month": Budget(10_000_000_000, "nanodollars", "month"),
    "0.25 $/day": Budget(250_000_000, "nanodollars", "day"),
    " 3 usd / DAY ": Budget(3_000_000_000, "nanodollars", "day"),
}


@pytest.mark.parametrize("text", SAID)
def test_budgets_are_read_as_people_say_them(text):
    assert Budget.parse(text) == SAID[text]


@pytest.mark.parametrize(
    "text",
    [
        *("", "10", "10 USD", "USD/month", "-1 tokens/day", "0 tokens/day", "1.5 tokens/day", "1e9 tokens/day"),
        *(
            "1 EUR/day",
            "1 tokens/week",
            "0.0000000001 USD/day",
            "9" * 30 + " tokens/day",
            "١ tokens/day",
            "1 tokens/day;",
        ),
    ],
)
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(InvalidRequestError, match=r"budget") as caught:
        Budget.parse(text)
    assert caught.value.param == "budget"


@given(
    st.builds(
        Budget, st.integers(1, MOST), st.sampled_from(["tokens", "nanodollars"]), st.sampled_from(["day", "month"])
    )
)
def test_a_budget_says_itself(budget):
    assert Budget.parse(str(budget)) == budget


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-01-01", "2027-01-01T00:00:00+00:00"),
        ("2027-01-01T12:00", "2027-01-01T12:00:00+00:00"),
        ("2027-01-01T12:00:00Z", "2027-01-01T12:00:00+00:00"),
        ("2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00+00:00"),
    ],
)
def test_dates_and_times_are_utc(text, said):
    assert moment(text).isoformat() == said


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-13-01", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InvalidRequestError, match="neither a date nor a time"):
        moment(text)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_period_ends_when_the_next_one_begins(now):
    for period in ("day", "month"):
        end = period_end(period, now)
        assert now < end
        last = datetime.fromtimestamp(end.timestamp() - 1, UTC)
        assert period_name(period, last) == period_name(period, now) != period_name(period, end)


def test_a_policy_travels_from_the_keys_file_to_the_caller(tmp_path):
    file = KeysFile(tmp_path / "keys.json")
    policy = Policy(
        ("small",), 5, 500, (Budget.parse("1M tokens/day"), Budget.parse("2 USD/month")), moment("2027-01-01")
    )
    with file.changing() as change:
        change.keyring, key = change.keyring.with_new("alice", NOW, policy)
        change.keyring, bob = change.keyring.with_new("bob", NOW)
    ring = file.read()
    assert (ring.find(key).policy, ring.find(bob).policy) == (policy, OPEN)
    bobs = json.loads(file.path.read_text())["keys"][1]
    assert "policy" not in bobs  # as it was before there were policies, and older files are read


def test_a_policy_changes_and_the_key_does_not():
    ring, key = Keyring().with_new("alice", NOW)
    ring = ring.with_policy("alice", lambda policy: msgspec.structs.replace(policy, requests_per_minute=3))
    assert ring.find(key).policy == Policy(requests_per_minute=3)
    with pytest.raises(InvalidRequestError, match="there are: alice"):
        ring.with_policy("bob", lambda policy: policy)


async def test_a_key_is_refused_from_its_end_on():
    ring, key = Keyring().with_new("alice", NOW, Policy(expires=moment("2027-01-01")))
    callers = Callers(ring)
    with time_machine.travel("2026-12-31T23:59:59Z", tick=False) as clock:
        assert (await callers.authenticate({"api-key": key}, "h")).name == "alice"
        clock.shift(1)
        with pytest.raises(AuthenticationError, match=r"expired at 2027-01-01 00:00:00 UTC") as caught:
            await callers.authenticate({"api-key": key}, "h")
    assert (caught.value.status, caught.value.code) == (401, "expired_api_key")
    assert key not in caught.value.message


@pytest.fixture
def deployments():
    return Deployments(
        [
            Deployment("small", "mini", "local", FakeEmbedder(), Queue(Bounds()), ("tiny",)),
            Deployment("large", "maxi", "openai", FakeEmbedder(), Queue(Bounds())),
            Deployment("other", "maxi", "azure", FakeEmbedder(), Queue(Bounds())),
        ]
    )


def test_a_caller_is_led_to_what_he_may_use_alone(deployments):
    served = deployments.only({"small"})
    assert [*served] == ["small"]
    for name in (None, "small", "tiny", "mini", "local:mini", "text-embedding-3-small"):
        assert served.route(name).name == "small"
    assert [*deployments.only({"small", "large"})] == ["small", "large"]


@pytest.mark.parametrize("name", ["small", "tiny", "mini", "local:mini"])
def test_what_another_may_use_is_refused_with_403(deployments, name):
    served = deployments.only({"large"})
    for asked in ({"model": name}, {"header": name}):
        with pytest.raises(AuthenticationError) as caught:
            served.route(**asked)
        assert (caught.value.status, caught.value.code) == (403, "deployment_not_allowed")


def test_a_key_for_nothing_that_is_served_is_told_so_and_names_are_not_given_away(deployments):
    with pytest.raises(AuthenticationError, match="any deployment"):
        deployments.only({"gone"}).route()
    with pytest.raises(Exception, match="there is no deployment") as caught:
        deployments.only({"small", "other"}).route(header="larg")
    assert "'large'" not in str(caught.value)
