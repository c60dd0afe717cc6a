"""Runner: reads ahead, keeps the embedder busy, writes behind; shards are committed in their order."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing
from typing import Any

from onevec.bulk.claims import Claims
from onevec.bulk.cutting import Shard, cut
from onevec.bulk.gate import Gate
from onevec.bulk.items import Cut, Item, items_of
from onevec.bulk.loop import LoopThread
from onevec.bulk.manifest import Dead, Entry, Manifest
from onevec.bulk.model import Model
from onevec.bulk.outputs import KeepsParts
from onevec.bulk.pace import Pace
from onevec.bulk.progress import Progress
from onevec.bulk.shards import Sink
from onevec.bulk.sources.words import Cursor, Source
from onevec.bulk.threads import Behind, Later, ahead
from onevec.bulk.work import Embedded, Work, begin
from onevec.errors import OnevecError

AHEAD, BEHIND = 2, 2
"""Shards that are read before they are wanted, and embedded ones that wait to be written."""

MOST_SHARDS = 16
"""Under way at a time, however few batches they are: with :data:`~onevec.bulk.cutting.SHARD_BYTES` it bounds memory."""

Prepared = tuple[Shard, list[Item], list[Dead]]

Watch = Callable[[Progress], None]

Others = Callable[[Iterator[Prepared], Callable[[Prepared, Embedded], None], Callable[[], bool]], None]
"""Embed shards somewhere else: they take them in order, hand back each, embedded, in order, and ask whether to stop."""


class Runner:
    """Embeds what of a source the manifest does not have.

    Args:
        source: What is embedded.
        model: By what.
        sink: Where it goes; opened.
        manifest: What is done; begun.
        rows: Of a shard.
        chunks: Where documents are cut; None leaves them whole.
        ids: Whether ids are the user's, so that two rows may have one.
        patience: Seconds without any answer after which a failing provider is given up.
        watch: Told of every shard that is committed, on another thread.
    """

    def __init__(
        self,
        source: Source,
        model: Model,
        sink: Sink,
        manifest: Manifest,
        *,
        rows: int,
        chunks: Cut | None = None,
        ids: bool = False,
        patience: float = 600.0,
        watch: Watch = lambda _: None,
    ) -> None:
        self._source, self._model, self._sink, self._manifest = source, model, sink, manifest
        self._rows, self._chunks, self._watch = rows, chunks, watch
        self._claims = Claims(manifest) if ids else None
        self._patience = patience
        self._under_way: deque[Work] = deque()
        self._stopped: Future[Any] = Future()

    def stop(self) -> None:
        """Have a run that another thread is in end soon: what is embedded by then is committed, the rest given up."""
        self._stopped.set_result(None)

    def run(self) -> None:
        """Embed, write and commit everything that is left, or what there is when it is stopped.

        Raises:
            OnevecError: the input, the model or the output fails; what was committed stays.
        """
        shards, behind = self._shards(), Behind(self._taking(), BEHIND)
        loop = LoopThread()
        self._gate = Gate(Pace(self._model.portion.calls), self._patience)
        try:
            with closing(shards):
                self._embed(shards, loop, behind)
        finally:
            loop.close()
            behind.close()

    def run_by(self, others: Others) -> None:
        """The same, embedded by others; raises what they raise, too."""
        take = self._taking()
        with closing(self._shards()) as shards:
            others(shards, lambda _, embedded: take(embedded), self._stopped.done)

    def _taking(self) -> Callable[[Embedded], None]:
        """Commits a shard, and tells how far the run is."""
        started, before = time.monotonic(), self._manifest.done()
        progress, total = Progress(before, before, 0.0), Later(self._source.count)

        def take(embedded: Embedded) -> None:
            self._commit(embedded)
            self._watch(progress.at(self._manifest.done(), time.monotonic() - started, total.value))

        return take

    def _shards(self) -> Generator[Prepared, None, None]:
        """Those that are left, read ahead."""
        number, start = self._manifest.next()
        return ahead(self._prepared(number, start), AHEAD, self._stopped.done)

    def _prepared(self, number: int, start: Cursor) -> Iterator[Prepared]:
        """Shards from one on, and what of each is to be embedded; runs on the reading thread."""
        for found in cut(self._source, self._rows, start, number):
            shard = self._claims.claim(found) if self._claims else found
            yield (shard, *items_of(shard, self._chunks))

    def _embed(self, shards: Iterator[Prepared], loop: LoopThread, behind: Behind[Embedded]) -> None:
        """Keep the embedder busy until no shard is left; when reading fails, what was read before is finished first."""
        left, unread = True, None
        while (left or self._under_way) and not self._stopped.done():
            if left and self._has_room():
                try:
                    prepared = next(shards, None)
                except OnevecError as exc:
                    prepared, unread = None, exc
                if left := prepared is not None:
                    self._under_way.append(begin(*prepared, self._model, self._gate, loop))
            elif self._under_way:
                self._wait()
            self._hand_over(behind)
        if unread is not None:
            raise unread

    def _hand_over(self, behind: Behind[Embedded]) -> None:
        """Have the first shards written, those that are done; end where that has failed, before more is paid for."""
        behind.check()
        while self._under_way and not self._under_way[0].left:
            behind.put(self._under_way.popleft().result(self._model.price))

    def _has_room(self) -> bool:
        """Whether more may be under way: twice as many batches as go at a time, so that the embedder never waits."""
        busy = sum(work.left for work in self._under_way)
        return busy < 2 * self._model.portion.calls and len(self._under_way) < MOST_SHARDS

    def _wait(self) -> None:
        futures = [batch.future for work in self._under_way for batch in work.batches if not batch.future.done()]
        if futures:
            wait([*futures, self._stopped], return_when=FIRST_COMPLETED)

    def _commit(self, embedded: Embedded) -> None:
        """Write a shard, then enter it: after a crash between the two it is written again, in its own place."""
        shard, rows = embedded.shard, embedded.rows
        for space in embedded.spaces:  # a server may have been given another model while the run asks it
            self._manifest.check_space(space)
        if rows is not None:
            self._sink.write(rows)
        else:
            self._sink.remove(shard.number)
        size = self._sink.parts.size(shard.number) if isinstance(self._sink, KeepsParts) else None
        written = 0 if rows is None else len(rows.ids)
        entry = Entry(shard.number, shard.end, len(shard.ids), written, embedded.tokens, embedded.cost, size)
        self._manifest.commit(entry, embedded.dead, self._claims.of(shard) if self._claims else ())
        if self._claims:
            self._claims.entered(shard)
