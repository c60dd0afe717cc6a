"""A run on a Ray cluster: workers load the model once and embed whole shards; the run itself reads and commits."""

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from onevec.bulk.gate import Gate
from onevec.bulk.loop import LoopThread
from onevec.bulk.model import open_model
from onevec.bulk.options import Options
from onevec.bulk.pace import Pace
from onevec.bulk.ray import cluster, run_on_ray
from onevec.bulk.runner import Others, Prepared
from onevec.bulk.work import Embedded, begin
from onevec.embedders import LOCAL, Embedders
from onevec.providers import split_model
from onevec.types import Modality


@contextmanager
def on_ray(options: Options, modality: Modality) -> Iterator[Others]:
    """Workers on the cluster that the options name, or on one that is started on this machine; in the main thread."""
    make = partial(embedding, _with_threads(options), modality)

    def others(
        shards: Iterator[Prepared], commit: Callable[[Prepared, Embedded], None], stopped: Callable[[], bool]
    ) -> None:
        run_on_ray(ray, shards, make, commit, options.workers, options.cpus, stopped)

    with cluster(options.address, options.workers * options.cpus) as ray:
        yield others


def embedding(options: Options, modality: Modality) -> Callable[[Prepared], Embedded]:
    """What a worker does with a shard, its model loaded; runs on the worker."""
    model = open_model(options, modality, Embedders())
    gate, loop = Gate(Pace(model.portion.calls), options.patience), LoopThread()

    def embed(prepared: Prepared) -> Embedded:
        work = begin(*prepared, model, gate, loop)
        wait([batch.future for batch in work.batches])
        return work.result(model.price)

    return embed


def _with_threads(options: Options) -> Options:
    """A local model computes with as many threads as its worker reserves processors."""
    if split_model(options.model, options.provider)[0].name != LOCAL:
        return options
    return replace(options, client_args={"threads": options.cpus, **options.client_args})
