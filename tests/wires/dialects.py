"""What a test has to know of each wire to hold it to what holds for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from onevec.images import ImageInput
from onevec.types import EmbedRequest, Encoding, InputType, Modality, Overflow
from onevec.wires import WIRES

SAME: Mapping[InputType | None, InputType | None] = {kind: kind for kind in (None, *InputType)}
ASYMMETRIC = SAME | {InputType.TEXT: None}
"""No word for a text of no kind: nothing is sent."""


HEADS = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "webp": b"RIFF\x1a\0\0\0WEBP",
    "bmp": b"BM",
}
"""How files of each format begin."""

TEXT, IMAGE, PAIR = Modality.TEXT, Modality.IMAGE, Modality.PAIR


def items(rows: list[Any]) -> Any:
    return {"data": [{"index": index, "embedding": row} for index, row in enumerate(rows)]}


@dataclass(frozen=True)
class Dialect:
    """One wire.

    Attributes:
        name: Its row in WIRES.
        texts: Where the inputs stand in a request's body.
        wrap: A reply's body with these rows.
        items: Whether requests and replies have OpenAI's shape.
        input_types: What comes back of each input type.
        tokens: Whether token ids can be asked for.
        base64: Whether base64 can be asked for.
        encodings: Whether the caller's encoding is asked for.
        plain: The encoding that is asked for where base64 cannot be.
        dimensions: Whether dimensions can be asked for.
        truncates: Whether a request says what becomes of a long text.
        otherwise: What becomes of one when it does not.
        named: Whether the body names the model.
        single: Whether a request holds one text.
        usage: Whether a reply tells one; None: only that of one text.
        modalities: What its inputs may be.
    """

    name: str
    texts: str = "input"
    wrap: Callable[[list[Any]], Any] = items
    items: bool = True
    input_types: Mapping[InputType | None, InputType | None] = field(default_factory=lambda: SAME)
    tokens: bool = False
    base64: bool = True
    encodings: bool = False
    plain: Encoding | None = None
    dimensions: bool = True
    truncates: bool = False
    otherwise: Overflow = Overflow.ERROR
    named: bool = True
    single: bool = False
    usage: bool | None = True
    modalities: frozenset[Modality] = frozenset({TEXT})

    @property
    def wire(self):
        return WIRES[self.name]

    def ask(self, *texts: str, **fields: Any) -> EmbedRequest:
        """A request for these texts, or for images that stand for them where it takes no text."""
        if TEXT in self.modalities:
            return EmbedRequest("m", texts, **fields)
        return EmbedRequest("m", tuple(ImageInput(HEADS["png"] + text.encode()) for text in texts), **fields)

    def returned(self, request: EmbedRequest) -> EmbedRequest:
        """What the server reads of a request that the client wrote for a provider without base64."""
        return replace(
            request,
            model=request.model if self.named else "",
            encoding=request.encoding if self.encodings else self.plain,
            input_type=self.input_types[request.input_type],
            overflow=request.overflow if self.truncates else self.otherwise,
        )


COHERE = {
    "texts": "texts",
    "wrap": lambda rows: {"embeddings": {"float": rows}},
    "items": False,
    "input_types": SAME | {None: InputType.DOCUMENT},
    "plain": Encoding.FLOAT,
    "truncates": True,
    "modalities": frozenset(Modality),
}
HUGGINGFACE = {
    "texts": "inputs", "wrap": list, "items": False, "input_types": ASYMMETRIC, "base64": False, "truncates": True,
}  # fmt: skip
UNTYPED = dict.fromkeys((None, *InputType))

DIALECTS = {
    one.name: one
    for one in (
        Dialect("openai", tokens=True),
        Dialect("azure", tokens=True, encodings=True),
        Dialect("azure_images", items=False, encodings=True, modalities=frozenset({IMAGE, PAIR})),
        Dialect("mistral", input_types=UNTYPED),
        Dialect("voyage", input_types=ASYMMETRIC, truncates=True, otherwise=Overflow.TRUNCATE),
        Dialect(
            "voyage_multimodal",
            items=False,
            input_types=ASYMMETRIC,
            truncates=True,
            otherwise=Overflow.TRUNCATE,
            modalities=frozenset(Modality),
        ),
        Dialect("jina", truncates=True, modalities=frozenset({TEXT, IMAGE})),
        Dialect(
            "nvidia",
            input_types=dict.fromkeys(SAME, InputType.DOCUMENT) | {InputType.QUERY: InputType.QUERY},
            truncates=True,
        ),
        Dialect("cohere", **COHERE),
        Dialect("cohere_v1", **COHERE),
        Dialect("tei", tokens=True, named=False, **HUGGINGFACE),
        Dialect("huggingface", **HUGGINGFACE),
        Dialect(
            "ollama",
            wrap=lambda rows: {"embeddings": rows},
            items=False,
            input_types=UNTYPED,
            base64=False,
            truncates=True,
            otherwise=Overflow.TRUNCATE,
        ),
        Dialect(
            "ollama_old",
            texts="prompt",
            wrap=lambda rows: {"embedding": rows[0]},
            items=False,
            input_types=UNTYPED,
            base64=False,
            dimensions=False,
            otherwise=Overflow.TRUNCATE,
            single=True,
            usage=False,
        ),
        Dialect(
            "gemini",
            wrap=lambda rows: {"embeddings": [{"values": row} for row in rows]},
            items=False,
            base64=False,
            modalities=frozenset(Modality),
        ),
        Dialect(
            "vertexai",
            wrap=lambda rows: {"predictions": [{"embeddings": {"values": row}} for row in rows]},
            items=False,
            base64=False,
            truncates=True,
            otherwise=Overflow.TRUNCATE,
            usage=None,
        ),
        Dialect(
            "vertexai_gemini",
            wrap=lambda rows: {"embedding": {"values": rows[0]}},
            items=False,
            base64=False,
            single=True,
            truncates=True,
            otherwise=Overflow.TRUNCATE,
            modalities=frozenset(Modality),
        ),
        Dialect(
            "vertexai_multimodal",
            wrap=lambda rows: {"predictions": [{"textEmbedding": row} for row in rows]},
            items=False,
            input_types=UNTYPED,
            base64=False,
            usage=False,
            modalities=frozenset({TEXT, IMAGE}),
        ),
        Dialect(
            "bedrock",
            wrap=lambda rows: {"embedding": rows[0]},
            items=False,
            input_types={None: None, InputType.TEXT: None},
            base64=False,
            single=True,
        ),
        Dialect(
            "sagemaker",
            wrap=list,
            items=False,
            input_types=UNTYPED,
            base64=False,
            dimensions=False,
            usage=False,
        ),
        Dialect(
            "watsonx",
            wrap=lambda rows: {"results": [{"embedding": row} for row in rows]},
            items=False,
            input_types=UNTYPED,
            base64=False,
            dimensions=False,
        ),
        Dialect(
            "cloudflare",
            wrap=lambda rows: {"result": {"data": rows}, "success": True},
            items=False,
            input_types=UNTYPED,
            base64=False,
            dimensions=False,
        ),
    )
}


def each(chosen: Callable[[Dialect], bool] = lambda _: True):
    """A mark that runs a test over the dialects that are chosen."""
    rows = [one for one in DIALECTS.values() if chosen(one)]
    return pytest.mark.parametrize("dialect", rows, ids=lambda one: one.name)
