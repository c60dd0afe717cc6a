"""docs/models.md, from the rows of the catalog."""

from collections.abc import Iterable

from onevec.engine.catalog_row import CatalogRow

HEAD = """# Local models by name

`local:NAME` runs these on this machine; so does any other folder or repository of the hub in the layout of
sentence-transformers, transformers or model2vec whose architecture is in [engine.md](engine.md), or that has an
OpenVINO or ONNX file. Made by `onevec models --format markdown`; edit the rows in `src/onevec/engine/models.py`, not
this page.

A name of the hub means the commit that is linked; `client_args={"revision": "main"}` takes what is newest. Prompts are
put before a text by `input_type`, if the model's own folder brings none. "Shorter" are the `dimensions` that a model
was trained for.

| model | for | embeds | dimensions | shorter | tokens | pooling | before a query | before a document | licence |
|---|---|---|---|---|---|---|---|---|---|
"""


def page(rows: Iterable[CatalogRow]) -> str:
    """The whole page."""
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)


def _cells(row: CatalogRow) -> tuple[str, ...]:
    return (
        _name(row),
        row.description,
        ", ".join(f"{kind.value}s" for kind in row.modalities),
        str(row.dimensions),
        ", ".join(map(str, row.truncations)),
        "" if row.max_tokens is None else str(row.max_tokens),
        row.pooling or "",
        _quoted(row.query),
        _quoted(row.document),
        row.license,
    )


def _name(row: CatalogRow) -> str:
    if row.bundled or row.repository is None:
        return f"`{row.name}`"
    commit = f"/tree/{row.revision}" if row.revision else ""
    return f"[{row.name}](https://huggingface.co/{row.repository}{commit})"


def _quoted(prompt: str | None) -> str:
    """A prompt as code, spaces and line breaks to be seen."""
    shown = (prompt or "").replace("\n", "\\n").replace("|", "\\|")
    return f"`{shown}`" if shown else ""
