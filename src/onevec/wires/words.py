"""Words: how those after OpenAI spell what it spells otherwise or does not have, in both directions, as tables.

A dialect that has OpenAI's shape and other words is a row of these and no code. OpenAI's own route reads the words of
all of them (:data:`ALL`), because many clients send them there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from onevec.errors import InvalidRequestError, UnsupportedParameterError
from onevec.requests import MAX_DIMENSIONS, choice
from onevec.target import Target
from onevec.types import EmbedRequest, Encoding, Input, InputType, Overflow
from onevec.wires import body as request_body

Reading: TypeAlias = Callable[[str, Any], Mapping[str, Any] | None]
"""From a field and its value to changes of the body or the request; None leaves the field as it is."""

TRUNCATED: Mapping[bool, Overflow] = {False: Overflow.ERROR, True: Overflow.TRUNCATE}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one dialect.

    Attributes:
        dimensions: Its field for them.
        base64: Its field that asks for base64.
        input_type: Its field for the input type.
        input_types: What stands in it; an input type that is missing here leaves the field out.
        truncate: Its field that says what becomes of a long text; None where it has none.
        truncations: What stands in that field, by whether the text is cut.
        overflow: What becomes of a long text when a client does not say.
        reads: Server side: its fields that OpenAI's body does not have.
    """

    dimensions: str = "dimensions"
    base64: str = "encoding_format"
    input_type: str = "input_type"
    input_types: Mapping[InputType | None, str] = field(default_factory=dict)
    truncate: str | None = None
    truncations: Mapping[bool, Any] = field(default_factory=dict)
    overflow: Overflow = Overflow.ERROR
    reads: Mapping[str, Reading] = field(default_factory=dict)


def asked(words: Words, request: EmbedRequest, target: Target) -> dict[str, Any]:
    """The fields of a request to a provider, beyond the inputs and the model."""
    fields: dict[str, Any] = {}
    if request.dimensions is not None:
        fields[words.dimensions] = request.dimensions
    if "base64" in target.parameters:
        fields[words.base64] = Encoding.BASE64
    if (kind := words.input_types.get(request.input_type)) and "input_type" in target.parameters:
        fields[words.input_type] = kind
    if words.truncate and "truncate" in target.parameters:
        fields[words.truncate] = words.truncations[request.overflow is Overflow.TRUNCATE]
    return fields


def understood(
    words: Words,
    known: request_body.Asked,
    extra: Mapping[str, Any],
    model: str,
    listed: tuple[Input, ...] | None = None,
) -> EmbedRequest:
    """The request that a client's body asks for in these words; `listed` are its inputs, where it is no plain body.

    Raises:
        InvalidRequestError: a value that a field does not have; `loc` says which.
    """
    # A null says nothing.
    rest = {name: value for name, value in extra.items() if value is not None or name not in words.reads}
    changes: dict[str, Any] = {}
    for name, read in words.reads.items():
        if name in rest and (change := read(name, rest[name])) is not None:
            changes |= change
            del rest[name]
    packed = known.encoding_format == Encoding.BASE64 and changes.get("encoding_format") in WHOLE
    of_body = {name: changes.pop(name) for name in list(changes) if name in known.__struct_fields__}
    if of_body:
        known = msgspec.structs.replace(known, **of_body)
    request = request_body.request(_spelt(words, known), rest, model, listed)
    return replace(request, overflow=changes.get("overflow", words.overflow), form={"packed": True} if packed else {})


def _spelt(words: Words, known: request_body.Asked) -> request_body.Asked:
    """The body with its input type in our own words."""
    if not known.input_type:
        return known
    meaning = {word: kind for kind, word in words.input_types.items() if kind is not None}
    kind = meaning.get(known.input_type)
    return msgspec.structs.replace(known, input_type=kind.value) if kind else known


WHOLE = frozenset(Encoding) - {Encoding.FLOAT, Encoding.BASE64}
"""Encodings in whole numbers."""


def _dimensions(name: str, value: object) -> Mapping[str, Any]:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DIMENSIONS:
        raise InvalidRequestError(
            f"$.{name} must be a whole number from 1 to {MAX_DIMENSIONS}", param=name, value=repr(value)[:60]
        )
    return {"dimensions": value}


def _encoding(name: str, value: object) -> Mapping[str, Any] | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        raise InvalidRequestError(f"$.{name} must be one word", param=name, value=repr(value)[:60])
    encoding = choice(Encoding, value, name)
    # `float` is the default of both fields, and must not undo base64 in the other.
    return {} if encoding is Encoding.FLOAT else {"encoding_format": value}


TASKS: Mapping[str, InputType] = {
    "retrieval.query": InputType.QUERY,
    "retrieval.passage": InputType.DOCUMENT,
    "text-matching": InputType.TEXT,
}
"""Jina's tasks that are an input type; its others reach a provider as they are."""


def _task(_name: str, value: object) -> Mapping[str, Any] | None:
    kind = TASKS.get(value) if isinstance(value, str) else None
    return {"input_type": kind.value} if kind else None


def truncation(name: str, value: object) -> Mapping[str, Any]:
    """What becomes of a long text: true or false, or NVIDIA's and Cohere's NONE and END.

    Raises:
        UnsupportedParameterError: START: texts are cut at their end.
        InvalidRequestError: no such word.
    """
    if isinstance(value, bool):
        return {"overflow": TRUNCATED[value]}
    word = value if isinstance(value, str) else ""
    if word == "START":
        raise UnsupportedParameterError(
            f"$.{name}: texts are cut at their end: send END or NONE", param=name, value=word
        )
    if word not in ENDS.values():
        raise InvalidRequestError(f"$.{name} must be true or false, or NONE or END", param=name, value=repr(value)[:60])
    return {"overflow": TRUNCATED[word == "END"]}


ENDS: Mapping[bool, str] = {False: "NONE", True: "END"}
"""Where a text is cut, in Cohere's and NVIDIA's words."""

FLAGS: Mapping[bool, bool] = {False: False, True: True}

ASYMMETRIC: Mapping[InputType | None, str] = {InputType.QUERY: "query", InputType.DOCUMENT: "document"}

MISTRAL = Words(dimensions="output_dimension", reads={"output_dimension": _dimensions, "output_dtype": _encoding})
"""https://docs.mistral.ai/api/endpoint/embeddings, and `mistralai` 3.7."""

VOYAGE = Words(
    dimensions="output_dimension",
    input_types=ASYMMETRIC,
    truncate="truncation",
    truncations=FLAGS,
    overflow=Overflow.TRUNCATE,
    reads={"output_dimension": _dimensions, "output_dtype": _encoding, "truncation": truncation},
)
"""https://docs.voyageai.com/reference/embeddings-api, and `voyageai` 0.5. It cuts long texts unless told not to."""

VOYAGE_MULTIMODAL = replace(VOYAGE, reads=MappingProxyType({**VOYAGE.reads, "output_encoding": _encoding}))
"""https://docs.voyageai.com/reference/multimodal-embeddings-api; its client asks for base64 as everywhere."""

JINA = Words(
    base64="embedding_type",
    input_type="task",
    input_types={kind: task for task, kind in TASKS.items()},
    truncate="truncate",
    truncations=FLAGS,
    reads={"task": _task, "embedding_type": _encoding, "truncate": truncation},
)
"""https://api.jina.ai/redoc"""

NVIDIA = Words(
    input_types={
        None: "passage", InputType.TEXT: "passage", InputType.QUERY: "query", InputType.DOCUMENT: "passage",
    },
    truncate="truncate",
    truncations=ENDS,
    reads={"truncate": truncation},
)  # fmt: skip
"""https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html

Its retrieval models demand an input type: a text of none is embedded as a passage.
"""

ALL = Words(
    input_types={InputType.DOCUMENT: "passage"},
    reads=MappingProxyType({**MISTRAL.reads, **VOYAGE.reads, **JINA.reads, **NVIDIA.reads}),
)
"""What OpenAI's own route understands beyond OpenAI's words."""
