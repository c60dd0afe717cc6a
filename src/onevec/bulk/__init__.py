"""Datasets: every row of one embedded exactly once, in shards, and found again."""

from typing import TYPE_CHECKING, Any

from onevec.bulk.options import Options
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from onevec.bulk.estimating import Estimate
    from onevec.bulk.job import Summary
    from onevec.bulk.progress import Progress
    from onevec.embedders import Embedders

__all__ = ["Options", "estimate", "run"]


def run(
    input: str,  # noqa: A002 - as the command names it
    to: str,
    *,
    model: str,
    embedders: "Embedders | None" = None,
    watch: "Callable[[Progress], None]" = lambda _: None,
    **options: Any,
) -> "Summary":
    """Embed a dataset: every row exactly once, also when the process is killed and the same call is made again.

    Args:
        input: A file, a folder, a pattern such as ``data/*.parquet``, a URL of one, or a database's with `query`.
        to: ``out.parquet``, a folder ``out/`` of part files, ``out.jsonl``, ``out.npy``, ``out.lance``,
            ``qdrant://…`` or ``postgresql://…?table=…``.
        model: ``provider:model``.
        embedders: Loaded models and connections to use; else its own, closed at the end.
        watch: Told of every shard that is committed, on another thread.
        **options: The other fields of :class:`Options`, such as `column`, `id`, `keep` and `chunk_tokens`.

    Returns:
        What this run and those before it have come to: ``.done.rows``, ``.done.tokens``, ``.done.dead``, ``.space``.

    Raises:
        ConfigurationError: a setting is wrong; the input, the model or a setting is another than the output was begun
            with; another run is writing to it; a library is missing.
        InputDataError: the input cannot be read.
        OutputError: the output cannot be written.
        OnevecError: the model's or the provider's failure. What is committed stays in every case.
    """
    asked = Options(input=input, to=to, model=model, **options)
    _need_arrow()
    from onevec.bulk.job import run_job

    with _own(embedders) as using:
        return run_job(asked, using, watch)


def estimate(
    input: str,  # noqa: A002 - as the command names it
    to: str,
    *,
    model: str,
    embedders: "Embedders | None" = None,
    **options: Any,
) -> "Estimate":
    """What :func:`run` with the same arguments would read, cost and take; nothing is written, and nothing paid.

    Returns:
        Rows, tokens, US dollars and seconds, as far as they can be known.

    Raises:
        ConfigurationError, InputDataError: as :func:`run`.
    """
    asked = Options(input=input, to=to, model=model, **options)
    _need_arrow()
    from onevec.bulk.estimating import estimate_job

    with _own(embedders) as using:
        return estimate_job(asked, using)


def _need_arrow() -> None:
    try:
        import pyarrow as pa
    except ImportError as exc:
        raise ConfigurationError("datasets need pyarrow: pip install 'onevec[bulk]'") from exc
    del pa


def _own(embedders: "Embedders | None") -> Any:
    """The embedders, closed afterwards when nobody else has them."""
    from contextlib import closing, nullcontext

    from onevec.embedders import Embedders

    return closing(Embedders()) if embedders is None else nullcontext(embedders)
