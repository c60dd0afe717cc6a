"""MODELS: a row for each local model that is known by name.

Dimensions, lengths, licences and prompts are those of the MTEB registry (package mteb 2.26.24, `ModelMeta`), shorter
lengths those of the models' own pages.
"""

from collections.abc import Iterable

from onevec.engine.catalog_row import CatalogRow
from onevec.engine.revisions import REVISIONS
from onevec.types import Modality


def _hub(
    repository: str,
    dimensions: int,
    max_tokens: int | None,
    pooling: str | None,
    description: str,
    prompts: tuple[str, str] | None = None,
    truncations: tuple[int, ...] = (),
    spdx: str = "Apache-2.0",
    modalities: tuple[Modality, ...] = (Modality.TEXT,),
) -> CatalogRow:
    """A model on the hub, its vectors at length one; `prompts` go before queries and documents."""
    query, document = prompts or (None, None)
    return CatalogRow(
        name=repository,
        description=description,
        dimensions=dimensions,
        max_tokens=max_tokens,
        pooling=pooling,
        normalized=True,
        license=spdx,
        repository=repository,
        revision=REVISIONS.get(repository),
        query=query,
        document=document,
        truncations=truncations,
        modalities=modalities,
    )


_RETRIEVE = ("Represent this sentence for searching relevant passages: ", "")
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
_E5 = ("query: ", "passage: ")
_NOMIC = ("search_query: ", "search_document: ")
_BOTH = (Modality.TEXT, Modality.IMAGE)


def _sentences() -> Iterable[CatalogRow]:
    """Models of sentence-transformers, for comparing like with like."""
    yield CatalogRow(
        name="all-minilm-l6-v2",
        description="Sentences and short paragraphs, English; part of this package",
        dimensions=384,
        max_tokens=256,
        pooling="mean",
        normalized=True,
        license="Apache-2.0",
        digest="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        repository="sentence-transformers/all-MiniLM-L6-v2",
        revision=REVISIONS["sentence-transformers/all-MiniLM-L6-v2"],
        int8_scale=0.2041,
        aliases=("minilm",),
        bundled=True,
    )
    yield _hub("sentence-transformers/all-MiniLM-L12-v2", 384, 256, "mean", "Sentences and short paragraphs, English")
    yield _hub(
        "sentence-transformers/all-mpnet-base-v2", 768, 384, "mean", "Sentences and paragraphs, English; better, slower"
    )


def _retrieval() -> Iterable[CatalogRow]:
    """Search over passages, English."""
    yield _hub("BAAI/bge-small-en-v1.5", 384, 512, "cls", "Search, English; small", _RETRIEVE, spdx="MIT")
    yield _hub("BAAI/bge-base-en-v1.5", 768, 512, "cls", "Search, English", _RETRIEVE, spdx="MIT")
    yield _hub("BAAI/bge-large-en-v1.5", 1024, 512, "cls", "Search, English; large", _RETRIEVE, spdx="MIT")
    yield _hub("intfloat/e5-small-v2", 384, 512, "mean", "Search, English; small", _E5, spdx="MIT")
    yield _hub("intfloat/e5-base-v2", 768, 512, "mean", "Search, English", _E5, spdx="MIT")
    yield _hub("intfloat/e5-large-v2", 1024, 512, "mean", "Search, English; large", _E5, spdx="MIT")
    yield _hub("thenlper/gte-small", 384, 512, "mean", "Search and likeness, English; small", spdx="MIT")
    yield _hub("thenlper/gte-base", 768, 512, "mean", "Search and likeness, English", spdx="MIT")
    yield _hub("thenlper/gte-large", 1024, 512, "mean", "Search and likeness, English; large", spdx="MIT")
    yield _hub("mixedbread-ai/mxbai-embed-large-v1", 1024, 512, "cls", "Search, English; large", _RETRIEVE, (512,))
    yield _hub("Snowflake/snowflake-arctic-embed-xs", 384, 512, "cls", "Search, English; smallest", _RETRIEVE)
    yield _hub("Snowflake/snowflake-arctic-embed-s", 384, 512, "cls", "Search, English; small", _RETRIEVE)
    yield _hub("Snowflake/snowflake-arctic-embed-m", 768, 512, "cls", "Search, English", _RETRIEVE)
    yield _hub(
        "Snowflake/snowflake-arctic-embed-m-v1.5", 768, 512, "cls", "Search, English; short vectors", _RETRIEVE, (256,)
    )
    yield _hub("Snowflake/snowflake-arctic-embed-l", 1024, 512, "cls", "Search, English; large", _RETRIEVE)


def _long() -> Iterable[CatalogRow]:
    """Texts of thousands of tokens, English."""
    yield _hub("nomic-ai/nomic-embed-text-v1", 768, 8192, "mean", "Search, English, long texts", _NOMIC)
    yield _hub(
        "nomic-ai/nomic-embed-text-v1.5",
        768,
        8192,
        "mean",
        "Search, English, long texts; short vectors",
        _NOMIC,
        (64, 128, 256, 512),
    )
    yield _hub("nomic-ai/modernbert-embed-base", 768, 8192, "mean", "Search, English, long texts", _NOMIC, (256,))
    yield _hub("Alibaba-NLP/gte-modernbert-base", 768, 8192, "cls", "Search and code, English, long texts")
    yield _hub(
        "jinaai/jina-embeddings-v2-small-en", 512, 8192, "mean", "Long texts, English; small; runs from its ONNX file"
    )
    yield _hub("jinaai/jina-embeddings-v2-base-en", 768, 8192, "mean", "Long texts, English; runs from its ONNX file")


def _multilingual() -> Iterable[CatalogRow]:
    """Many languages."""
    yield _hub(
        "intfloat/multilingual-e5-small", 384, 512, "mean", "Search, a hundred languages; small", _E5, spdx="MIT"
    )
    yield _hub("intfloat/multilingual-e5-base", 768, 512, "mean", "Search, a hundred languages", _E5, spdx="MIT")
    yield _hub(
        "intfloat/multilingual-e5-large", 1024, 512, "mean", "Search, a hundred languages; large", _E5, spdx="MIT"
    )
    yield _hub(
        "intfloat/multilingual-e5-large-instruct",
        1024,
        512,
        "mean",
        "Search by instruction, a hundred languages; large",
        (f"{_INSTRUCT} ", ""),
        spdx="MIT",
    )
    yield _hub(
        "BAAI/bge-m3",
        1024,
        8192,
        "cls",
        "Search, a hundred languages, long texts; its dense vectors, from its ONNX file",
        spdx="MIT",
    )
    yield _hub(
        "Snowflake/snowflake-arctic-embed-m-v2.0",
        768,
        8192,
        "cls",
        "Search, many languages, long texts; runs from its ONNX file",
        ("query: ", ""),
        (256,),
    )
    yield _hub(
        "Snowflake/snowflake-arctic-embed-l-v2.0",
        1024,
        8192,
        "cls",
        "Search, many languages, long texts; large",
        ("query: ", ""),
        (256,),
    )
    yield _hub(
        "Qwen/Qwen3-Embedding-0.6B",
        1024,
        32768,
        "lasttoken",
        "Search by instruction, many languages and code, long texts",
        (_INSTRUCT, ""),
        (32, 64, 128, 256, 512, 768),
    )
    yield _hub(
        "onnx-community/embeddinggemma-300m-ONNX",
        768,
        2048,
        None,
        "EmbeddingGemma: search, a hundred languages, from an ONNX file",
        ("task: search result | query: ", "title: none | text: "),
        (128, 256, 512),
        spdx="Gemma",
    )


def _static() -> Iterable[CatalogRow]:
    """Means of token vectors: no transformer."""
    yield _hub(
        "minishlab/potion-base-8M",
        256,
        512,
        "mean",
        "Likeness, English; no transformer, many times as quick",
        spdx="MIT",
    )
    yield _hub(
        "minishlab/potion-base-32M", 512, 512, "mean", "Likeness, English; no transformer, better, larger", spdx="MIT"
    )
    yield _hub("minishlab/potion-retrieval-32M", 512, 512, "mean", "Search, English; no transformer", spdx="MIT")


def _images() -> Iterable[CatalogRow]:
    """Images, and texts that go with them."""
    yield CatalogRow(
        name="gist",
        description="Images alike in layout and colour, near-duplicates; an algorithm, no weights, no download",
        dimensions=980,
        max_tokens=None,
        pooling=None,
        normalized=True,
        license="Apache-2.0",
        modalities=(Modality.IMAGE,),
    )
    yield _hub(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        512,
        77,
        None,
        "Images and English texts in one space; small and quick",
        spdx="MIT",
        modalities=_BOTH,
    )
    yield _hub(
        "openai/clip-vit-large-patch14",
        768,
        77,
        None,
        "Images and English texts in one space; better, slow",
        spdx="MIT",
        modalities=_BOTH,
    )
    yield _hub(
        "google/siglip-base-patch16-224", 768, 64, None, "Images and English texts in one space", modalities=_BOTH
    )
    yield _hub("google/siglip2-base-patch16-224", 768, 64, None, "Images and texts of many languages", modalities=_BOTH)


MODELS = tuple(row for part in (_sentences, _images, _retrieval, _long, _multilingual, _static) for row in part())
