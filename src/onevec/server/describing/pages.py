"""The page /docs: the OpenAPI description for people. One piece of HTML, no script, nothing fetched from anywhere."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

DOCS_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8885; border-radius: .4rem; margin: .4rem 0; padding: .3rem .8rem }
summary { cursor: pointer } summary b { display: inline-block; min-width: 3.6rem }
code, pre { font: .9rem/1.45 ui-monospace, monospace } pre { overflow: auto; background: #8881; padding: .6rem }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid #8883; padding: .25rem .6rem .25rem 0;
vertical-align: top } h2 { margin-top: 2rem }
"""


def docs_page(document: Mapping[str, Any]) -> bytes:
    """The page of a description."""
    info = document["info"]
    sections = "".join(_section(tag["name"], tag["description"], document) for tag in document["tags"])
    types = "".join(_type(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} {escape(info['version'])}</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['summary'])} "
        f'For programs: <a href="openapi.json">openapi.json</a>.</p>{sections}<h2>Types</h2>{types}</html>'
    ).encode()


def _section(tag: str, title: str, document: Mapping[str, Any]) -> str:
    rows = [
        _route(method, path, row)
        for path, methods in document["paths"].items()
        for method, row in methods.items()
        if tag in row["tags"]
    ]
    return f"<h2>{escape(title)}</h2>{''.join(rows)}"


def _route(method: str, path: str, row: Mapping[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{escape(p['in'])}{', required' if p['required'] else ''}"
        f"<td>{escape(p['description'])}"
        for p in row["parameters"]
    )
    replies = "".join(
        f"<tr><td>{escape(status)}<td>{escape(reply['description'])}<td>{_linked(reply)}"
        for status, reply in row["responses"].items()
    )
    body = f"<p>Body: {_linked(row['requestBody'])}</p>" if "requestBody" in row else ""
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> {escape(row['summary'])}</summary>"
        f"<table>{parameters}</table>{body}<table>{replies}</table></details>"
    )


def _linked(holder: Mapping[str, Any]) -> str:
    """The type of a body, as a link to where it is described."""
    media, content = next(iter(holder["content"].items()))
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else escape(media)


def _type(name: str, schema: Mapping[str, Any]) -> str:
    shown = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{shown}</pre></details>'
