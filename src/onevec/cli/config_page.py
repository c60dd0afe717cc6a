"""docs/reference/configuration.md, from the classes that read a configuration: what they say of themselves."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from onevec.gateway.settings import config

HEAD = """# Settings of the server

Every setting of the one TOML file that `onevec serve --config FILE` reads, section by section;
[the server](../server.md) and [the gateway](../gateway.md) show them at work. A setting that is not marked may be left
out. An unknown one, or a value of another type, is an error that names file, line and key: `onevec config check FILE`.
A secret is never written in the file: `env:VARIABLE` stands for what the variable holds. Made by
`onevec config settings`; edit the classes in `src/onevec/gateway/settings/config.py`, not this page.
"""

SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "server": config.Server,
    "auth": config.Auth,
    "auth.entra": config.Entra,
    "limits": config.RateLimits,
    "redis": config.Redis,
    "ledger": config.LedgerConfig,
    "cache": config.Cache,
    "deployments.NAME": config.DeploymentConfig,
    "[deployments.NAME.targets]": config.TargetConfig,
    "deployments.NAME.prompts": config.Prompts,
    "deployments.NAME.content_filter": config.ContentFilter,
}
"""Each section of the file, as TOML writes its head, and the class that reads it."""

ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n(?:        .*|$))*)", re.MULTILINE)
"""An attribute in a docstring, and what is said of it on that line and those below."""

OWN_HEAD = re.compile(r"^`\[.*?\]`(?:, |: |\. )")
"""A section's own head, with which the docstring of its class begins."""

TABLE = "| setting | type | default | |\n|---|---|---|---|\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(name, kind) for name, kind in SECTIONS.items())


def _section(name: str, kind: type[msgspec.Struct]) -> str:
    about, _, attributes = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    said = {found[1]: " ".join(found[2].split()) for found in ATTRIBUTE.finditer(attributes)}
    sentence = OWN_HEAD.sub("", " ".join(about.split()))
    table = "".join(f"{row}\n" for row in _rows(kind, said))
    return f"\n## `[{name}]`\n\n{sentence[:1].upper()}{sentence[1:]}\n\n{TABLE}{table}"


def _rows(kind: type[msgspec.Struct], said: Mapping[str, str]) -> Iterator[str]:
    types = {field.name: field.type for field in msgspec.inspect.type_info(kind).fields}  # type: ignore[attr-defined]
    for field in msgspec.structs.fields(kind):
        about = _tidy(said.get(field.name, ""))
        yield f"| `{field.name}` | {_type(types[field.name])} | {_default(field)} | {about} |"


def _tidy(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**required**"
    if field.default is None:
        return ""
    if field.default_factory is not msgspec.NODEFAULT:
        return "" if isinstance(field.default_factory, type) and field.default_factory is not dict else "`{}`"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    return f"`{json.dumps(value)}`"


def _number(word: str) -> Callable[[Any], str]:
    def described(kind: Any) -> str:
        least = kind.ge if kind.ge is not None else kind.gt
        bounds = [f"from {least:,.15g}" if kind.ge is not None else f"above {least:,.15g}"] if least is not None else []
        bounds += [f"to {kind.le:,.15g}"] if kind.le is not None else []
        return " ".join([word, *bounds])

    return described


def _choice(kind: Any) -> str:
    values = kind.values if isinstance(kind, msgspec.inspect.LiteralType) else [one.value for one in kind.cls]
    return ", ".join(f'`"{value}"`' for value in values)


TYPES: Mapping[type[msgspec.inspect.Type], Callable[[Any], str]] = {
    msgspec.inspect.StrType: lambda _: "text",
    msgspec.inspect.BoolType: lambda _: "true or false",
    msgspec.inspect.IntType: _number("whole number"),
    msgspec.inspect.FloatType: _number("number"),
    msgspec.inspect.LiteralType: _choice,
    msgspec.inspect.EnumType: _choice,
    msgspec.inspect.DictType: lambda _: "table",
    msgspec.inspect.StructType: lambda kind: f"table, [below](#{_anchor(kind.cls)})",
    msgspec.inspect.VarTupleType: lambda kind: f"array, each a {_type(kind.item_type)}",
    msgspec.inspect.UnionType: lambda kind: " or ".join(
        _type(one) for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)
    ),
}
"""How each kind of type is told to somebody who writes TOML."""


def _type(kind: Any) -> str:
    return TYPES[type(kind)](kind)


def _anchor(kind: type[msgspec.Struct]) -> str:
    """The anchor of a class's section, as GitHub and MkDocs make it of the heading."""
    name = next(name for name, one in SECTIONS.items() if one is kind)
    return re.sub(r"[^a-z_-]", "", name.lower())
