"""`input` in every form that it has, `dimensions`, `input_type`, `model`; and each of them as it must not be."""

from collections.abc import Iterator, Sequence
from functools import partial

from onevec.conformance import reading
from onevec.conformance.answers import HOW_TO, same
from onevec.conformance.asks import ALONE, NO_MODEL, PATH, PLAIN, TEXTS, Ask, embed, post, raw
from onevec.conformance.contract import Terms
from onevec.conformance.rows import Check, Finding, Heard, Judgement, SkippedError, each, must, should

REQUEST, JSON = "CreateEmbeddingRequest", "RFC 8259"

LENGTHS = (64, 128, 256, 512)
"""Of shorter vectors: those that models are trained for."""

SHORTER = tuple(embed(dimensions=length, encoding_format="float") for length in LENGTHS)

IMPOSSIBLE = embed(dimensions=50_000)
"""More than any model has, and no more than could be meant."""

TOKENS = embed(input=[[101, 102, 103], [104, 105]], encoding_format="float")

MANY_SCRIPTS = {
    "input": ["naïve café", "日本語の文章", "שלום עולם", "🦦 and 👩‍👩‍👧", "é is e\u0301", "two\nlines\tand a tab"],
    "encoding_format": "float",
}
UNICODE, ESCAPED = post(PATH, MANY_SCRIPTS), post(PATH, MANY_SCRIPTS, escaped=True)

BAD_JSON, NO_OBJECT, EMPTY = raw(b'{"input": ["a"'), raw(b'["a"]'), raw(b"")
MISSING, NUMBER, MIXED = post(PATH, {}), embed(input=7), embed(input=["a", 7])
NO_ITEMS, NO_TEXT = embed(input=[]), embed(input=["a", ""])
WRONG_FORMAT = embed(encoding_format="hexadecimal")
WRONG_DIMENSIONS = (embed(dimensions=0), embed(dimensions=-1), embed(dimensions="64"))

REFUSED: tuple[Ask, ...] = (BAD_JSON, NO_OBJECT, MISSING, NUMBER, WRONG_FORMAT, *WRONG_DIMENSIONS)
"""What no contract allows: the errors that answer it are looked at together."""


def refuses(*statuses: int) -> Judgement:
    """The judgement that every request is refused with one of these statuses."""
    return partial(_refused, statuses=statuses)


def _refused(heard: Sequence[Heard], statuses: tuple[int, ...]) -> Iterator[Finding]:
    for one in heard:
        found = reading.reply(one)
        if found.status not in statuses:
            yield one.finding("status", reading.listed(statuses), reading.described(found))


def has_length(heard: Sequence[Heard], refusals: tuple[int, ...]) -> Iterator[Finding]:
    """As many numbers as were asked for, where the model has such vectors."""
    able = False
    for one, length in zip(heard, LENGTHS, strict=True):
        if reading.status(one, 200, *refusals).status != 200:
            continue
        able = True
        yield from is_answered_whole(one)
        for number, row in enumerate(reading.placed(one)):
            if not isinstance(row, list) or len(row) != length:
                found = f"{len(row)} numbers" if isinstance(row, list) else row
                yield one.finding(f"$.data[{number}].embedding", f"{length} numbers", found)
    if not able:
        raise SkippedError(f"the model has no vectors of {reading.listed(LENGTHS)} numbers")


def is_allowed(heard: Sequence[Heard], refusals: tuple[int, ...]) -> Iterator[Finding]:
    """An answer with a vector, as long as any other, for each input; or the refusal of a model that has it not."""
    reading.supported(heard[1], *refusals)
    plain, found = reading.floats(heard[0]).shape[1], reading.floats(heard[1]).shape[1]
    if found != plain:
        yield heard[1].finding("$.data[0].embedding", f"{plain} numbers", f"{found} numbers")


def is_plain(heard: Sequence[Heard], refusals: tuple[int, ...]) -> Iterator[Finding]:
    """What comes without it."""
    reading.available(heard[1], *refusals)
    yield from same(heard[1], reading.floats(heard[1]), reading.floats(heard[0]), "the vector that comes without it")


def is_one_text(heard: Sequence[Heard]) -> Iterator[Finding]:
    """The vector of the text in a list."""
    reading.supported(heard[1])
    items = reading.items(heard[1])
    if len(items) != 1:
        raise heard[1].fault("$.data", "1 item", f"{len(items)} items")
    found = reading.stacked(heard[1], reading.placed(heard[1]))
    yield from same(heard[1], found, reading.floats(heard[0]), "the vector of the text in a list")


def is_answered_whole(heard: Heard) -> Iterator[Finding]:
    """An item for each text."""
    reading.supported(heard)
    found = len(reading.items(heard))
    if found != reading.inputs(heard):
        yield heard.finding("$.data", f"{reading.inputs(heard)} items", f"{found} items")


def is_read_alike(heard: Sequence[Heard]) -> Iterator[Finding]:
    """The same vectors, however the same texts are written in JSON."""
    reading.supported(heard[1])
    found, wanted = reading.floats(heard[1]), reading.floats(heard[0])
    yield from same(heard[1], found, wanted, "the vector of the text that is not escaped")


def inputs(terms: Terms) -> Iterator[Check]:
    """The rows of the body and of `input`."""
    invalid = refuses(*terms.invalid)
    text = embed(input=TEXTS[0], encoding_format="float")
    says = f"no JSON, no object or nothing is answered with {reading.listed(terms.invalid)}"
    yield must("body.json", says, REQUEST, (BAD_JSON, NO_OBJECT, EMPTY), invalid)
    yield must("input.missing", f"a body without input: {reading.listed(terms.invalid)}", REQUEST, MISSING, invalid)
    says = f"a number, or a text beside a number: {reading.listed(terms.invalid)}"
    yield must("input.type", says, REQUEST, (NUMBER, MIXED), invalid)
    says = f"an empty list, or an empty text in it: {reading.listed(terms.refused)}"
    yield should("input.empty", says, REQUEST, (NO_ITEMS, NO_TEXT), refuses(*terms.refused))
    yield must("input.text", "one text is answered as a list of it", REQUEST, (ALONE[0], text), is_one_text)
    tokens = partial(is_allowed, refusals=terms.refused)
    says = f"lists of token ids are answered, or {reading.listed(terms.refused)}"
    yield should("input.tokens", says, REQUEST, (PLAIN, TOKENS), tokens)
    yield must("input.unicode", "texts in any script are answered", JSON, UNICODE, each(is_answered_whole))
    says = "\\u escapes in JSON are the characters that they stand for"
    yield must("input.escapes", says, JSON, (UNICODE, ESCAPED), is_read_alike)


def parameters(terms: Terms) -> Iterator[Check]:
    """The rows of what stands beside `input`."""
    unsupported, refused = reading.listed(terms.unsupported), reading.listed(terms.refused)
    has = partial(has_length, refusals=terms.unsupported)
    says = f"vectors have the length that dimensions asks for, or {unsupported}"
    yield must("dimensions.length", says, REQUEST, SHORTER, has)
    says = f"more dimensions than the model has: {unsupported}"
    yield must("dimensions.impossible", says, REQUEST, IMPOSSIBLE, refuses(*terms.unsupported))
    says = f"dimensions of 0, of -1, as a text: {refused}"
    yield must("dimensions.invalid", says, REQUEST, WRONG_DIMENSIONS, refuses(*terms.refused))
    says = f"an encoding_format that nobody knows: {refused}"
    yield must("encoding.unknown", says, REQUEST, WRONG_FORMAT, refuses(*terms.refused))


def input_types(terms: Terms) -> Iterator[Check]:
    """The rows of `input_type`."""
    unsupported = reading.listed(terms.unsupported)
    asks = {name: embed(input_type=name, encoding_format="float") for name in ("text", "query", "document", "poem")}
    for name in ("text", "query", "document"):
        says = f"input_type {name} is answered, or {unsupported}"
        allowed = partial(is_allowed, refusals=terms.unsupported)
        yield must(f"input_type.{name}", says, "EmbeddingInputType", (PLAIN, asks[name]), allowed)
    plain = partial(is_plain, refusals=terms.unsupported)
    yield should("input_type.default", "without input_type it is text", HOW_TO, (PLAIN, asks["text"]), plain)
    says = f"an input_type that nobody knows: {reading.listed(terms.refused)}"
    yield must("input_type.unknown", says, "EmbeddingInputType", asks["poem"], refuses(*terms.refused))


def models(says: str, *statuses: int) -> Iterator[Check]:
    """The row of a model that is not served, which comes to one of these statuses."""
    ask = post(PATH, {"input": list(TEXTS), "model": NO_MODEL})
    yield must("model.unknown", says, REQUEST, Ask(ask.method, ask.path, ask.body, named=False), refuses(*statuses))
