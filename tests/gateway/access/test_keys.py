import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import ConfigurationError, InvalidRequestError
from onevec.gateway.access.keyring import KEY, Keyring
from onevec.gateway.access.keys import KeysFile, WatchedKeys

NOW = "2026-11-20T10:00:00+00:00"


@pytest.fixture
def file(tmp_path):
    return KeysFile(tmp_path / "keys.json")


def add(file, name):
    with file.changing() as change:
        change.keyring, key = change.keyring.with_new(name, NOW)
    return key


def test_a_key_lets_its_owner_in_and_nobody_else():
    ring, alice = Keyring().with_new("alice", NOW)
    ring, bob = ring.with_new("bob", NOW)
    assert (ring.owner(alice), ring.owner(bob)) == ("alice", "bob")
    mixed = f"{alice.rpartition('_')[0]}_{bob.rpartition('_')[2]}"
    for wrong in (mixed, alice.upper(), alice + " ", alice[:-1], "", "onevec__", alice + "\n", alice * 2):
        assert ring.owner(wrong) is None


def test_a_revoked_key_lets_nobody_in():
    ring, alice = Keyring().with_new("alice", NOW)
    ring, bob = ring.with_new("bob", NOW)
    ring = ring.without("alice")
    assert (ring.owner(alice), ring.owner(bob)) == (None, "bob")


@given(st.text(max_size=90) | st.from_regex(KEY, fullmatch=True))
def test_no_other_text_is_a_key(text):
    ring, _ = Keyring().with_new("alice", NOW)
    assert ring.owner(text) is None


def test_nobody_s_entry_lets_nobody_in():
    assert Keyring().owner("onevec_00000000_" + "0" * 64) is None


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "-a", "x" * 65, "é", "a/b", 'a"'])
def test_a_name_that_could_disturb_a_log_is_refused(name):
    with pytest.raises(InvalidRequestError, match="no name for a key"):
        Keyring().with_new(name, NOW)


def test_a_name_is_given_once():
    ring, _ = Keyring().with_new("alice", NOW)
    with pytest.raises(InvalidRequestError, match="there is a key alice already"):
        ring.with_new("alice", NOW)
    with pytest.raises(InvalidRequestError, match="there are: alice"):
        ring.without("alcie")


def test_the_file_holds_no_key_and_is_for_its_owner_alone(file):
    key = add(file, "alice")
    content = file.path.read_text()
    assert key not in content
    assert KEY.fullmatch(key)["secret"] not in content
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["keys.json"]
    assert file.read().owner(key) == "alice"


def test_a_change_that_fails_leaves_the_file_as_it_was(file):
    add(file, "alice")
    before = file.path.read_bytes()
    with pytest.raises(InvalidRequestError):
        add(file, "alice")
    assert file.path.read_bytes() == before
    assert [path.name for path in file.path.parent.iterdir()] == ["keys.json"]


def test_a_link_to_the_file_stays_one(file, tmp_path):
    add(file, "alice")
    link = tmp_path / "link.json"
    link.symlink_to(file.path)
    add(KeysFile(link), "bob")
    assert link.is_symlink()
    assert [entry.name for entry in file.read().entries] == ["alice", "bob"]


def test_two_changes_at_once_are_one_and_a_refusal(file):
    with file.changing() as change:
        with pytest.raises(ConfigurationError, match="another command is changing"):
            add(file, "bob")
        change.keyring, _ = change.keyring.with_new("alice", NOW)
    assert [entry.name for entry in file.read().entries] == ["alice"]


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to_is_refused(file, mode):
    add(file, "alice")
    file.path.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        file.read()
    file.path.chmod(0o644)
    assert len(file.read().entries) == 1


def edited(change):
    def edit(content):
        change(content)
        return json.dumps(content).encode()

    return edit


BUDGET = {"limit": 1, "unit": "tokens", "period": "day"}

DAMAGED = {
    "no JSON": (lambda content: b"{", "damaged"),
    "empty": (lambda content: b"", "damaged"),
    "a list": (lambda content: b"[]", "damaged"),
    "another version": (edited(lambda c: c.update(version=2)), "version 2"),
    "a field more": (edited(lambda c: c["keys"][0].update(admin=True)), "unknown field `admin`"),
    "two budgets of a kind": (edited(lambda c: c["keys"][0].update(policy={"budgets": [BUDGET] * 2})), "of one kind"),
    "a limit of 0": (edited(lambda c: c["keys"][0].update(policy={"tokens_per_minute": 0})), "tokens_per_minute"),
    "a time without a zone": (edited(lambda c: c["keys"][0].update(policy={"expires": "2027-01-01T00:00"})), "expires"),
    "a field less": (edited(lambda c: c["keys"][0].pop("salt")), "salt"),
    "a short hash": (edited(lambda c: c["keys"][0].update(hash="00")), "hash"),
    "a wrong id": (edited(lambda c: c["keys"][0].update(id="XXXXXXXX")), "id"),
    "a name with a line break": (edited(lambda c: c["keys"][0].update(name="a\n")), "name"),
    "the same name twice": (edited(lambda c: c["keys"].append(c["keys"][0] | {"id": "01234567"})), "same name"),
    "the same id twice": (edited(lambda c: c["keys"].append(c["keys"][0] | {"name": "eve"})), "same id"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused_with_the_place(file, name):
    edit, message = DAMAGED[name]
    add(file, "alice")
    file.path.write_bytes(edit(json.loads(file.path.read_text())))
    with pytest.raises(ConfigurationError, match=message):
        file.read()


@pytest.mark.parametrize("change", [{"name": "admin"}, {"hash": "0" * 64}, {"salt": "0" * 32}, {"id": "01234567"}])
def test_an_entry_that_somebody_changed_fits_its_key_no_longer(file, change):
    key = add(file, "alice")
    content = json.loads(file.path.read_text())
    content["keys"][0].update(change)
    file.path.write_text(json.dumps(content))
    assert file.read().owner(key) is None


def test_a_file_that_is_not_there_says_how_to_make_one(file):
    with pytest.raises(ConfigurationError, match="onevec keys add NAME -f"):
        file.read()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        add(KeysFile(file.path / "no" / "such"), "alice")


def test_a_running_server_takes_note_of_every_change(file):
    alice = add(file, "alice")
    watched = WatchedKeys(file)
    assert watched.owner(alice) == "alice"
    bob = add(file, "bob")
    assert (watched.owner(alice), watched.owner(bob)) == ("alice", "bob")
    with file.changing() as change:
        change.keyring = change.keyring.without("alice")
    assert (watched.owner(alice), watched.owner(bob)) == (None, "bob")


def test_nobody_is_let_in_while_the_file_is_damaged(file):
    alice = add(file, "alice")
    watched = WatchedKeys(file)
    good = file.path.read_bytes()
    for damage in (lambda: file.path.write_bytes(b"{"), file.path.unlink):
        damage()
        for _ in range(2):
            with pytest.raises(ConfigurationError) as caught:
                watched.owner(alice)
            assert str(file.path) not in caught.value.message
            assert str(file.path) in str(caught.value.__cause__)
        file.path.write_bytes(good)
        file.path.chmod(0o600)
        assert watched.owner(alice) == "alice"


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_a_file_that_becomes_writable_for_others_lets_nobody_in(file):
    alice = add(file, "alice")
    watched = WatchedKeys(file)
    file.path.chmod(0o666)
    with pytest.raises(ConfigurationError):
        watched.owner(alice)
