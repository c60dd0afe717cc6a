"""Qdrant: a collection of a server, `qdrant://HOST/COLLECTION`, or of a folder, `qdrant:///FOLDER`.

Needs the extra `qdrant`. A key comes from the variable QDRANT_API_KEY.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from onevec.bulk import metadata
from onevec.bulk.hits import Hit, choose
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.faults import missing, nothing_there, translated
from onevec.bulk.sinks.layout import ID, OURS, SHARD, as_plain, check, check_encoding, values
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qdrant_client import QdrantClient

COLLECTION = "onevec"
"""Of a folder, when the address names none."""

KEY_VARIABLE = "QDRANT_API_KEY"

NAMESPACE = uuid.UUID("5a0a9a3c-52b1-5c0e-9d0c-6f6e65766563")
"""Qdrant's own ids are numbers or UUIDs: ours become UUIDs by name, the same one each time."""

COMPONENTS = 250_000
"""In one request at most, about 3 MB of JSON; a server refuses more than 32 MB."""

SECONDS = 60
"""That a request may take."""


class QdrantStore:
    """A collection of Qdrant. Writing a shard again, after half of it, leaves what writing it once leaves.

    Args:
        place: ``qdrant://HOST[:PORT]/COLLECTION[?tls=true]``, or ``qdrant:///FOLDER[?collection=NAME]``.
        environ: Where the key is found.
    """

    def __init__(self, place: str, environ: Mapping[str, str] = os.environ) -> None:
        self._address = parse(place)
        self._place = place
        self._key = environ.get(KEY_VARIABLE)
        self._client: QdrantClient | None = None

    def open(self, description: Description) -> None:
        """Make the collection, or check the one that is there."""
        check_encoding(description, self._place)
        client, name = self._connected(), self._address.collection
        from qdrant_client import models

        with translated(self._place, *_faults()):
            if client.collection_exists(name):
                metadata.check(self.describe(), description, self._place)
            else:
                self._make(client, description)
            if self._address.folder is None:  # in a folder it would have no effect, and is warned of
                client.create_payload_index(name, SHARD, field_schema=models.PayloadSchemaType.INTEGER)

    def write(self, rows: Rows) -> None:
        """Put the rows by id, then take away what the shard had written and has no more."""
        check(rows)
        client, name = self._connected(), self._address.collection
        ids = [str(uuid.uuid5(NAMESPACE, one)) for one in rows.ids]
        kept = as_plain(values(rows))
        payloads = [{ID: one, SHARD: rows.shard, **more} for one, more in zip(rows.ids, kept, strict=True)]
        size = max(1, COMPONENTS // rows.vectors.shape[1])
        with translated(self._place, *_faults()):
            if ids:
                client.upload_collection(
                    name, vectors=rows.vectors, payload=payloads, ids=ids, batch_size=size, wait=True
                )
        self._remove(rows.shard, ids)

    def remove(self, shard: int) -> None:
        """By its number."""
        self._remove(shard)

    def finish(self) -> None:
        """A server indexes by itself."""

    def occupied(self) -> bool:
        """Whether the collection has points."""
        client, name = self._connected(), self._address.collection
        with translated(self._place, *_faults()):
            return client.collection_exists(name) and client.count(name).count > 0

    def clear(self) -> None:
        """Remove the collection, where it is ours."""
        client, name = self._connected(), self._address.collection
        with translated(self._place, *_faults()):
            if client.collection_exists(name):
                self.describe()
                client.delete_collection(name)

    def describe(self) -> Description:
        """What the collection's metadata tells."""
        client, name = self._connected(), self._address.collection
        with translated(self._place, *_faults()):
            if not client.collection_exists(name):
                raise nothing_there(self._place)
            told = client.get_collection(name).config.metadata
        return metadata.from_json((told or {}).get(metadata.KEY), self._place)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine, through the collection's index."""
        client, name = self._connected(), self._address.collection
        with translated(self._place, *_faults()):
            points = client.query_points(name, query=query, limit=k, with_payload=True).points
        return [self._hit(point.payload or {}, point.score, columns) for point in points]

    def close(self) -> None:
        """Close the connection, or let go of the folder."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _make(self, client: "QdrantClient", description: Description) -> None:
        from qdrant_client import models

        name = self._address.collection
        client.create_collection(
            name,
            vectors_config=models.VectorParams(size=description.space.dimensions, distance=models.Distance.COSINE),
            metadata={metadata.KEY: metadata.as_json(description).decode()},
        )
        if metadata.KEY not in (client.get_collection(name).config.metadata or {}):
            client.delete_collection(name)
            raise ConfigurationError(
                f"{self._place} keeps nothing about a collection, so nobody could tell what its vectors are: take "
                "Qdrant 1.16 or later",
                param="output",
            )

    def _remove(self, shard: int, but: Sequence[str] = ()) -> None:
        """The points of a shard, without some."""
        from qdrant_client import models

        ours = models.FieldCondition(key=SHARD, match=models.MatchValue(value=shard))
        others = models.Filter(must=[ours], must_not=[models.HasIdCondition(has_id=[*but])] if but else None)
        with translated(self._place, *_faults()):
            self._connected().delete(
                self._address.collection, points_selector=models.FilterSelector(filter=others), wait=True
            )

    def _hit(self, payload: Mapping[str, Any], score: float, columns: Sequence[str] | None) -> Hit:
        shown = choose(columns, [name for name in payload if name not in OURS], self._place)
        return Hit(str(payload.get(ID, "")), float(score), {name: payload[name] for name in shown})

    def _connected(self) -> "QdrantClient":
        if self._client is None:
            try:
                from qdrant_client import QdrantClient
            except ImportError as exc:
                raise missing("Qdrant", "qdrant") from exc
            with translated(self._place, *_faults(), RuntimeError, OSError):  # a folder that another program has open
                self._client = QdrantClient(**self._address.arguments(self._key))
        return self._client


@dataclass(frozen=True, slots=True)
class Address:
    """Where a collection is: on a server, or in a folder."""

    collection: str
    folder: str | None = None
    host: str | None = None
    port: int = 6333
    tls: bool = False

    def arguments(self, key: str | None) -> dict[str, Any]:
        """What the client is made with."""
        if self.folder is not None:
            return {"path": self.folder}
        # Compatible or not, it would print what it thinks of the server's version.
        where = {"host": self.host, "port": self.port, "https": self.tls, "api_key": key}
        return {**where, "timeout": SECONDS, "check_compatibility": False}


def parse(place: str) -> Address:
    """An address of ours.

    >>> parse("qdrant://db:6333/docs").host, parse("qdrant:///data/q?collection=docs").folder
    ('db', '/data/q')

    Raises:
        ConfigurationError: it is none.
    """
    wrong = ConfigurationError(
        "an output in Qdrant is qdrant://HOST[:PORT]/COLLECTION[?tls=true] or qdrant:///FOLDER[?collection=NAME]; the "
        f"key is read from {KEY_VARIABLE}",
        param="output",
    )
    try:
        parts = urlsplit(place)
        port, asked = parts.port or 6333, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise wrong from None  # it may hold a key
    path = unquote(parts.path)
    allowed = {"tls"} if parts.hostname else {"collection"}
    if parts.username or parts.password or {*asked} - allowed or asked.get("tls", "true") not in ("true", "false"):
        raise wrong
    if not parts.hostname:
        if not path.strip("/"):
            raise wrong
        return Address(asked.get("collection", COLLECTION), path)
    if not path.strip("/") or "/" in path.strip("/"):
        raise wrong
    return Address(path.strip("/"), None, parts.hostname, port, asked.get("tls") == "true")


def _faults() -> tuple[type[Exception], ...]:
    from qdrant_client.http.exceptions import ApiException

    return (ApiException, ValueError)
