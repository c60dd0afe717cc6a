"""A run from its options to its summary: everything is opened and checked, then the runner runs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import orjson

import onevec
from onevec.bulk import metadata
from onevec.bulk.addresses import shown
from onevec.bulk.manifest import Done, Manifest
from onevec.bulk.model import Model, open_model, probe
from onevec.bulk.notes import MANIFEST, check_word, leave_word, withdraw_word
from onevec.bulk.opening import open_cut, open_input
from onevec.bulk.options import Options
from onevec.bulk.outputs import KeepsParts, Output, find_output, open_sink, work_folder
from onevec.bulk.progress import Progress
from onevec.bulk.runner import Runner
from onevec.bulk.shards import Description, Sink
from onevec.bulk.sinks.layout import check_names
from onevec.bulk.sinks.parts import replace, sync_folder, told
from onevec.bulk.sinks.store import Store
from onevec.bulk.sources.words import Source
from onevec.embedders import Embedders
from onevec.errors import ConfigurationError, OutputError
from onevec.interruptible import to_its_end
from onevec.spaces import VectorSpace
from onevec.types import Modality


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run, together with those before it, has come to.

    Attributes:
        done: Rows, tokens, cost and dead letters in all.
        space: The id of the vectors' space; None where nothing was embedded.
        dead_letters: The file of rows that have no vector; None where all have one.
        before: What of it earlier runs had done; two summaries that differ in nothing else are equal.
    """

    done: Done
    space: str | None
    dead_letters: Path | None
    before: Done = field(default=Done(), compare=False)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a run are.

    Attributes:
        row: Of the output.
        notes: The folder of the manifest.
        beside: Where it would be beside the output; None for one that is not on this machine.
        dead_letters: The file of rows that have no vector.
    """

    row: Output
    notes: Path
    beside: Path | None
    dead_letters: Path

    @classmethod
    def of(cls, options: Options) -> "Places":
        """Beside the output, where the options name no others."""
        row = find_output(options.to)
        beside = work_folder(row, options.to)
        notes = Path(options.notes) if options.notes else beside
        dead = options.dead_letters or str(notes).removesuffix(".onevec") + ".dead.jsonl"
        local = row.is_file or "://" not in options.to
        return cls(row, notes, beside if local else None, Path(dead))


def run_job(options: Options, embedders: Embedders, watch: Callable[[Progress], None]) -> Summary:
    """Do what is left of a job.

    Raises:
        OnevecError: as :func:`onevec.bulk.run`.
    """
    places = Places.of(options)
    if options.dead_letters and (not places.dead_letters.parent.is_dir() or places.dead_letters.is_dir()):
        raise ConfigurationError(
            f"there can be no file {places.dead_letters}: the folder that it is in is not there, or it is one itself",
            param="dead_letters",
        )
    check_names(options.keep, chunked=options.chunk_tokens is not None)
    source = open_input(options)
    with _manifest(options, places) as manifest:
        manifest.begin(_asked(options, source))
        before = manifest.done()
        try:
            if not manifest.finished:
                _embed(options, source, manifest, places, embedders, watch)
            else:
                _check_finished(manifest, options, places)
        finally:
            letters = _write_dead(manifest, places.dead_letters)
        # Of a file that is made of them; a run that was killed at this point is finished, and comes by here again.
        shutil.rmtree(places.notes / "parts", ignore_errors=True)
        return Summary(manifest.done(), manifest.space, letters, before)


def _embed(
    options: Options,
    source: Source,
    manifest: Manifest,
    places: Places,
    embedders: Embedders,
    watch: Callable[[Progress], None],
) -> None:
    """Everything of a run that needs the model and the output."""
    model = open_model(options, source.modality, embedders)
    cut = open_cut(options, model)
    space = probe(model, source.modality)
    sink = open_sink(places.row, options.to, places.notes)
    try:
        description = _description(options, space, model)
        _claim(manifest, sink, description, options)
        sink.open(description)
        _check_parts(manifest, sink)
        rows, ids = options.shard_rows, options.id is not None
        runner = Runner(
            source, model, sink, manifest, rows=rows, chunks=cut, ids=ids, patience=options.patience, watch=watch
        )
        with _way(options, runner, source.modality) as run:
            to_its_end(run, stop=runner.stop)
        sink.finish()
        manifest.finish()
    finally:
        sink.close()


@contextmanager
def _way(options: Options, runner: Runner, modality: Modality) -> Iterator[Callable[[], None]]:
    """The run, here or on Ray."""
    if options.engine != "ray":
        yield runner.run
        return
    from onevec.bulk.cluster import on_ray

    with on_ray(options, modality) as others:
        yield partial(runner.run_by, others)


@contextmanager
def _manifest(options: Options, places: Places) -> Iterator[Manifest]:
    """The manifest, locked; empty where the run begins anew."""
    path = places.notes / MANIFEST
    if places.row.is_file and not path.exists() and _occupied(Path(options.to)):
        raise ConfigurationError(
            f"{shown(options.to)} is there already, and no run of ours has begun it: name another output, or move it "
            "away",
            param="to",
        )
    if places.beside is not None:
        check_word(places.beside, places.notes)
    with told(places.notes):
        places.notes.mkdir(exist_ok=True)  # in a folder that is there: another one is mistyped
        sync_folder(places.notes.parent)
    manifest = Manifest(path)
    try:
        if places.beside is not None:
            leave_word(places.beside, places.notes)
        if options.restart:
            # In this order: what is noted and gone is noticed, what is there and not noted might be taken for ours.
            with closing(open_sink(places.row, options.to, places.notes)) as sink:
                sink.clear()
            manifest.clear()
        try:
            yield manifest
        finally:
            if places.beside is not None and (manifest.finished or manifest.space is None):
                withdraw_word(places.beside, places.notes)
    finally:
        manifest.close()


def _occupied(to: Path) -> bool:
    return any(to.iterdir()) if to.is_dir() else to.exists()


def _asked(options: Options, source: Source) -> dict[str, object]:
    """What must be the same when a run goes on."""
    return {
        "input": source.fingerprint,
        "model": options.named,
        "settings": options.settings,
        "shard_rows": options.shard_rows,
    }


def _description(options: Options, space: VectorSpace, model: Model) -> Description:
    scale = model.embedder.capabilities.int8_scale if options.encoding == "int8" else None
    return Description(space, options.named, {**options.settings, "int8_scale": scale}, onevec.__version__)


def _claim(manifest: Manifest, sink: Sink, description: Description, options: Options) -> None:
    """Note the space before the first row is written; refuse another one, and a store whose rows are not this run's.

    A crash may come between the first rows and their entry: from the space on, they are this run's.
    """
    if manifest.space is None:
        if isinstance(sink, Store) and sink.occupied():
            raise ConfigurationError(
                f"{shown(options.to)} holds rows, and not of this run: name another output, or replace them with "
                "--restart",
                param="to",
            )
        manifest.claim(description.space.id, description.settings)
        return
    manifest.check_space(description.space.id)
    metadata.check_settings(manifest.settings, description.settings, shown(options.to))
    if isinstance(sink, Store):
        _check_store(manifest, sink, options)


def _check_store(manifest: Manifest, sink: Store, options: Options) -> None:
    """Refuse to go on behind rows that are committed and gone: the store was emptied, or it is another one."""
    if (written := manifest.done().written) and not sink.occupied():
        raise OutputError(
            f"{shown(options.to)} has nothing of the {written} rows that were committed to it: bring them back, or "
            "begin anew with --restart"
        )


def _check_finished(manifest: Manifest, options: Options, places: Places) -> None:
    """Refuse to say that all is done where the output is gone."""
    if places.row.is_file and not Path(options.to).exists():
        raise OutputError(f"{options.to} was finished and is gone: make it anew with --restart")
    with closing(open_sink(places.row, options.to, places.notes)) as sink:
        if isinstance(sink, Store):
            _check_store(manifest, sink, options)
        elif Path(options.to).is_dir():  # of one file the parts are gone
            _check_parts(manifest, sink)


def _check_parts(manifest: Manifest, sink: Sink) -> None:
    """Refuse to go on behind files that are not as they were committed."""
    if not isinstance(sink, KeepsParts):
        return
    for number, size in manifest.sizes().items():
        if sink.parts.size(number) != size:
            raise OutputError(
                f"{sink.parts.path(number)} was committed with {size} bytes, and is gone or changed: put it back, or "
                "begin anew with --restart"
            )


def _write_dead(manifest: Manifest, path: Path) -> Path | None:
    """The dead letters as JSON lines, a whole file each time."""

    def save(opened: IO[bytes]) -> None:
        for letter in manifest.dead():
            opened.write(orjson.dumps(letter._asdict(), option=orjson.OPT_APPEND_NEWLINE))

    if not manifest.done().dead:
        with told(path):
            path.unlink(missing_ok=True)
        return None
    replace(path, save)
    return path
