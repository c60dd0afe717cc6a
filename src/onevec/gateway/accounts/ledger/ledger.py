"""Ledger: the tally, and the thread that writes it down."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TypeAlias

from onevec.errors import ConfigurationError, OnevecError
from onevec.gateway.accounts.ledger.store import Batch, LedgerUnavailableError, Store
from onevec.gateway.accounts.ledger.tally import Outcome, Sums, Tally, TallyKey

log = logging.getLogger("onevec.gateway")

LONGEST_PAUSE = 60.0
"""Seconds after which a database that does not answer is tried again at the latest."""

FAREWELL = 5.0
"""Seconds that a stop waits for the last batch."""

Seed: TypeAlias = Callable[[Iterable[tuple[str, date, Sums]]], None]
"""Is told once, before the first batch is written, what each key had used on the days of this month."""


class Ledger:
    """Notes what requests used; its thread writes every few seconds, and keeps what it cannot write.

    What waits is one batch and one tally, whose size does not grow with the number of requests.

    Args:
        store: The database.
        flush: Seconds between two batches.
        replica: The name of this process, in every row.
    """

    def __init__(self, store: Store, flush: float, replica: str | None = None) -> None:
        self._store = store
        self._flush = flush
        self._replica = replica or uuid.uuid4().hex[:12]
        self._tally = Tally()
        self._since = datetime.now(UTC)
        self._batch: Batch | None = None
        self._prepared = False
        self._seed: Seed | None = None
        self._up = True
        self._pause = flush
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def up(self) -> bool:
        """Whether the database answered when it was last asked."""
        return self._up

    @property
    def pending(self) -> int:
        """Rows that are not written yet."""
        batch = self._batch
        return len(self._tally) + (0 if batch is None else len(batch.lines))

    def record(self, key: TallyKey, sums: Sums) -> None:
        """Note what a request used; takes a microsecond, and waits for nobody."""
        self._tally.add(key, sums)

    def start(self, seed: Seed | None = None) -> None:
        """Create the tables, tell `seed` what was used before, and begin to write.

        A database that is away is waited for by the thread: requests are answered meanwhile, and counted.

        Raises:
            ConfigurationError: the tables are another version's.
        """
        self._seed = seed
        try:
            self._prepare()
        except LedgerUnavailableError as exc:
            self._failed(exc)
        self._thread = threading.Thread(target=self._run, name="onevec-ledger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what there is, for some seconds at most, and stop; what could not be written is said in the log."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(FAREWELL)
        if self.pending:
            log.error("the ledger's database did not answer to the end; rows that are lost: %d", self.pending)
        if self._thread is None or not self._thread.is_alive():
            self._store.close()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._pause)
            self._try_to_write()
        self._try_to_write()  # what came while the last batch was being written

    def _try_to_write(self) -> None:
        try:
            self._write()
        except (LedgerUnavailableError, ConfigurationError) as exc:
            self._failed(exc)
            return
        if not self._up:
            log.info("the ledger's database answers again")
        self._up, self._pause = True, self._flush

    def _failed(self, exc: OnevecError) -> None:
        """The first that fails begins an outage, which is said once."""
        if self._up:
            log.warning("%s; what is used is kept in memory until it does: %s", exc.message, exc.__cause__)
        self._up = False
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def _prepare(self) -> None:
        if self._prepared:
            return
        self._store.prepare()
        if self._seed is not None:
            self._seed(used_this_month(self._store))
        self._prepared = True

    def _write(self) -> None:
        self._prepare()
        while self._batch is not None or len(self._tally):
            if self._batch is None:
                now = datetime.now(UTC)
                since, self._since = self._since, now
                self._batch = Batch(uuid.uuid4().hex, self._replica, since, now, self._tally.take())
            self._store.write(self._batch)
            self._batch = None


def used_this_month(store: Store) -> list[tuple[str, date, Sums]]:
    """What each key has used on each day of this month, by the key's name."""
    first = datetime.now(UTC).date().replace(day=1)
    rows = store.sums(("caller", "day"), since=first, kind="key", outcome=Outcome.ANSWERED)
    return [(row["caller"], row["day"], Sums(**{name: row[name] for name in Sums.__slots__})) for row in rows]
