"""API keys of this server: made here, kept as hashes in one file, compared in constant time.

A key is ``onevec_ID_SECRET``: the id finds its entry, the secret holds 256 random bits. A slow hash such as Argon2
protects passwords, which people choose and a thief can guess; nobody guesses 256 random bits, so a fast one (BLAKE2b,
RFC 7693) is as safe and costs a request a microsecond. Id and name are hashed with the secret: an entry that is
renamed in the file no longer fits its key.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec

from onevec.errors import InvalidRequestError
from onevec.gateway.access.policy import OPEN, Policy

KEY = re.compile(r"onevec_(?P<id>[0-9a-f]{8})_(?P<secret>[0-9a-f]{64})")

NAME = r"\A[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z"
"""It stands in logs, so it is short and plain."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One key as the file has it.

    Attributes:
        name: Whose it is.
        id: The public part of the key.
        salt: In hexadecimal.
        hash: BLAKE2b-256 of id, name and secret, in hexadecimal.
        created: When, in UTC.
        policy: What its owner may; the hash says nothing of it, so that it can be changed without the key.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    salt: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    hash: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    created: str
    policy: Policy = OPEN


class Keyring:
    """Keys that are let in."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = tuple(entries)
        self._by_id: Mapping[str, Entry] = {entry.id: entry for entry in self.entries}

    def find(self, key: str) -> Entry | None:
        """The entry of a key, or None for a key that is none of ours."""
        parts = KEY.fullmatch(key)
        if parts is None:
            return None
        entry = self._by_id.get(parts["id"], NOBODY)
        same = hmac.compare_digest(digest(entry.id, entry.name, parts["secret"], entry.salt), entry.hash)
        return entry if same and entry is not NOBODY else None

    def owner(self, key: str) -> str | None:
        """The name of the key's owner, or None for a key that is none of ours."""
        entry = self.find(key)
        return None if entry is None else entry.name

    def with_new(self, name: str, created: str, policy: Policy = OPEN) -> tuple["Keyring", str]:
        """A ring with one key more, and that key, which is never seen again.

        Raises:
            InvalidRequestError: a name that is taken, or that is no name.
        """
        if not re.fullmatch(NAME, name):
            raise InvalidRequestError(
                f"{name!r:.80} is no name for a key: letters, digits and . _ @ -, 64 at most", param="name"
            )
        if any(entry.name == name for entry in self.entries):
            raise InvalidRequestError(
                f"there is a key {name} already: revoke it first, or take another name", param="name"
            )
        ids = {entry.id for entry in self.entries}
        public = next(made for made in iter(lambda: secrets.token_hex(4), None) if made not in ids)
        secret, salt = secrets.token_hex(32), secrets.token_hex(16)
        entry = Entry(name, public, salt, digest(public, name, secret, salt), created, policy)
        return Keyring((*self.entries, entry)), f"onevec_{public}_{secret}"

    def without(self, name: str) -> "Keyring":
        """A ring without that owner's key.

        Raises:
            InvalidRequestError: nobody has that name.
        """
        self._named(name)
        return Keyring([entry for entry in self.entries if entry.name != name])

    def with_policy(self, name: str, change: Callable[[Policy], Policy]) -> "Keyring":
        """A ring in which that owner may something else; his key is the same.

        Raises:
            InvalidRequestError: nobody has that name.
        """
        policy = change(self._named(name).policy)
        return Keyring([msgspec.structs.replace(e, policy=policy) if e.name == name else e for e in self.entries])

    def _named(self, name: str) -> Entry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        names = ", ".join(entry.name for entry in self.entries) or "none at all"
        raise InvalidRequestError(f"there is no key {name!r:.80}; there are: {names}", param="name")


def digest(public: str, name: str, secret: str, salt: str) -> str:
    """The hash of a key as its entry keeps it."""
    text = f"{public}\0{name}\0{secret}".encode()
    return hashlib.blake2b(text, digest_size=32, salt=bytes.fromhex(salt), person=b"onevec-key").hexdigest()


NOBODY = Entry("nobody", "00000000", "0" * 32, "0" * 64, "")
"""Compared with where an id is unknown, so that this takes as long."""
