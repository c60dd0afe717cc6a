"""The tables of providers and models as a page: docs/providers.md is this, and a test holds it to it."""

from collections.abc import Iterable, Mapping, Sequence

from onevec.providers import MODELS, PROVIDERS, Model, ProviderMetadata
from onevec.providers.models import PRICED
from onevec.types import Modality

INTRODUCTION = """\
# Providers

Made by `onevec providers --format markdown`; edit the rows in `src/onevec/providers/`, not this page.

Write `provider:model`, as in `embedding("openai:text-embedding-3-small", texts)`. A key comes from the argument
`api_key`, else from the variable named here; a base URL from `api_base`, else from its variable, else it is the one
named here, where `{NAME}` stands for a variable, and `{A|B}` for the first of two that is set.

A parameter that is not named here is refused before the provider is called. `…` stands for any other word: it is sent
as it is. Lists that are longer than a request may be are split, sent side by side and put together again. Images go in
requests of their own, so many at a time as the column says; an image for a model of texts is refused before any call.
"""

MODELS_INTRODUCTION = """\
## Models

Any model of a provider can be named. Of these more is known: which lengths `dimensions` may ask for, how long a text
may be, whether vectors have length one, and what a million tokens cost in US dollars at the list prices of {date}.
An empty place means that it is not known here.
"""


def page() -> str:
    """The whole page."""
    rows = [row for row in PROVIDERS.values() if row.embedding]
    parts = (
        INTRODUCTION,
        table(
            ("provider", "wire", "key", "base URL", "parameters", "inputs", "tokens", "images", "notes"),
            map(_provider, rows),
        ),
        MODELS_INTRODUCTION.format(date=PRICED.isoformat()),
        table(
            ("model", "embeds", "dimensions", "lengths", "tokens", "length one", "USD"), map(_model, MODELS.values())
        ),
    )
    return "\n".join(parts)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table in Markdown.

    >>> print(table(("a", "b"), [("1", "x | y")]), end="")
    | a | b |
    |---|---|
    | 1 | x \| y |
    """
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    written = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join(line.replace(" --- ", "---") for line in written) + "\n"


def _provider(row: ProviderMetadata) -> Sequence[str]:
    return (
        f"[{row.name}]({row.doc_url})",
        row.wire or "",
        key_of(row),
        base_of(row),
        ", ".join([*(f"`{name}`" for name in sorted(row.parameters - {"base64", "extra"})), *_further(row)]),
        str(row.max_items) if row.wire else "",
        f"{row.max_tokens}" if row.max_tokens else "",
        _images(row),
        row.note,
    )


def _images(row: ProviderMetadata) -> str:
    """How many in a request, and whether with a text each."""
    if not row.image:
        return ""
    number = str(row.max_images) if row.wire else "yes"
    return f"{number}, pairs" if Modality.PAIR in row.modalities else number


def _further(row: ProviderMetadata) -> Sequence[str]:
    return ("…",) if "extra" in row.parameters else ()


FETCHED: Mapping[str | None, str] = {
    "aws": "a profile, single sign-on or a role (extra `aws`)",
    "google": "application default credentials (extra `google`)",
}
"""Credentials that neither an argument nor a variable holds, by their source."""


def key_of(row: ProviderMetadata) -> str:
    """The variables that may hold a key, and what is taken where none does."""
    names = [f"`{name}`" for name in row.env_key]
    names += ["`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"] if row.signing else []
    names += [FETCHED[row.source]] if row.source in FETCHED else []
    return " or ".join(names) + (" (optional)" if names and not row.key_required else "")


def base_of(row: ProviderMetadata) -> str:
    """The base URL, and the variable that may hold another."""
    base = row.api_base or row.base_template
    variable = f"`{row.env_api_base}`" if row.env_api_base else ""
    return " or ".join(part for part in (f"`{base}`" if base else "", variable) if part)


def _model(row: Model) -> Sequence[str]:
    known = {True: "yes", False: "no", None: ""}
    normalized = known[row.normalized]
    if row.normalized_short is False and row.normalized:
        normalized = f"of {row.dimensions}"
    return (
        f"[{row.provider}:{row.name}]({row.source})",
        ", ".join(f"{kind}s" for kind in Modality if kind in row.modalities),
        str(row.dimensions),
        row.lengths if row.sizes or row.shortest else "",
        str(row.max_tokens or ""),
        normalized,
        "" if row.price is None else f"{row.price:g}",
    )
