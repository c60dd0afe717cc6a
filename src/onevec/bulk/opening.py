"""What a run and its estimate open alike: the input, and the way in which documents are cut."""

from onevec.bulk.items import Cut, chunker
from onevec.bulk.model import Model, tokenizer_of
from onevec.bulk.options import Options
from onevec.bulk.sources.opening import open_source
from onevec.bulk.sources.words import Source, Wanted


def open_input(options: Options) -> Source:
    """The input that the options name.

    Raises:
        ConfigurationError, InputDataError: as :func:`onevec.bulk.sources.opening.open_source`.
    """
    wanted = Wanted(options.column, options.id, tuple(options.keep))
    return open_source(options.input, wanted, form=options.format, query=options.query)


def open_cut(options: Options, model: Model) -> Cut | None:
    """Where documents are cut; None where they stay whole.

    Raises:
        ConfigurationError: the model's tokenizer is not known.
        InvalidRequestError: chunks would be too short to hold anything.
    """
    if options.chunk_tokens is None:
        return None
    tokenizer = tokenizer_of(model, "chunk_tokens")
    return chunker(tokenizer, options.chunk_tokens, options.chunk_overlap, options.prompt or "")
