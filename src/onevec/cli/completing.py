"""Values that a shell can complete: models, deployments, names of keys. Nothing is loaded and nobody is asked.

Every command imports this file for its options, so each function imports what it needs itself.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]

ASKED = "_ONEVEC_COMPLETE"
"""The variable with which a shell's script asks for completions."""

PART = "part"
"""The type of a completion that something follows, so that no space does."""

DEFAULT_CONFIG, CONFIG_VARIABLE = "onevec.toml", "ONEVEC_CONFIG"
"""Where a configuration is looked for that no option names."""


def known_names() -> Iterator[str]:
    """Every model that is known by name, with its provider."""
    from onevec.engine.models import MODELS as LOCAL
    from onevec.providers import MODELS

    yield from (f"local:{row.name}" for row in LOCAL)
    yield from (f"{row.provider}:{row.name}" for row in MODELS.values())


def full_names(name: str) -> list[str]:
    """The models that go by a name, or by one that looks like it, with their providers; at most three.

    >>> full_names("text-embeding-3-small")[:2]
    ['openai:text-embedding-3-small', 'github:openai/text-embedding-3-small']
    """
    import difflib

    by_name: dict[str, list[str]] = {}
    for full in known_names():
        by_name.setdefault(full.partition(":")[2].rpartition("/")[2].lower(), []).append(full)
    wanted = name.rpartition("/")[2].lower()
    begun = [one for one in by_name if one.startswith(wanted)]
    near = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.8) or begun
    return by_name[near[0]][:3] if near else []


def misspelt(provider: str, name: str) -> str | None:
    """The model that a name is nearly that of, with its provider; None for one that is known, or like no other.

    >>> misspelt("openai", "text-embeding-3-small"), misspelt("openai", "ft:mine"), misspelt("local", "bge-m3")
    ('openai:text-embedding-3-small', None, 'local:BAAI/bge-m3')
    """
    import difflib

    from onevec.engine.catalog import bundled, nearest
    from onevec.providers import MODELS, known_model

    if provider == "local":  # any 'org/name' may be on the hub, and any folder may be a model
        near = [] if "/" in name or bundled(name) or Path(name).is_dir() else nearest(name)
    else:
        names = [] if known_model(provider, name) else [model for of, model in MODELS if of == provider]
        near = [f"{provider}:{one}" for one in difflib.get_close_matches(name, names, n=1, cutoff=0.95)]
    return near[0] if near else None


def models(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """For an option or argument that is a model."""
    return models_beginning(incomplete)


def models_beginning(incomplete: str) -> "list[CompletionItem[str]]":
    """Providers, and behind the colon the models that are known of one."""
    if ":" in incomplete:
        return _beginning(incomplete, known_names())
    from onevec.providers import PROVIDERS

    rows = [row for row in PROVIDERS.values() if row.embedding and row.name.startswith(incomplete)]
    return [CompletionItem(f"{row.name}:", PART) for row in rows]


def local_models(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Models of this machine."""
    return _beginning(incomplete, (name for name in known_names() if name.startswith("local:")))


def providers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Who embeds."""
    from onevec.providers import PROVIDERS

    return _beginning(incomplete, (row.name for row in PROVIDERS.values() if row.embedding))


def deployments(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """The deployments of the configuration that is found here."""
    path = found_config(os.environ)
    return _beginning(incomplete, _deployed(path) if path else ())


def keys(ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Whose keys are in the keys file."""
    import json

    try:
        entries = json.loads(Path(ctx.params["file"]).read_bytes())["keys"]
        return _beginning(incomplete, (entry["name"] for entry in entries))
    except (OSError, ValueError, LookupError, TypeError):
        return []  # a shell that completes has no place for an error; the command itself will tell it


def found_config(environ: Mapping[str, str]) -> Path | None:
    """The configuration that a variable names, or that lies in this folder."""
    named = environ.get(CONFIG_VARIABLE, "").strip()
    here = Path(DEFAULT_CONFIG)
    return Path(named) if named else here if here.is_file() else None


def _deployed(path: Path) -> Iterable[object]:
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("deployments")
    except (OSError, ValueError):
        return ()
    return found if isinstance(found, dict) else ()


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Files, which the shell finds itself."""
    return [CompletionItem(incomplete, "file")]


def _beginning(incomplete: str, names: Iterable[object]) -> "list[CompletionItem[str]]":
    """The names, of a file perhaps, that begin so; what is no name in one line completes nothing."""
    texts = (name for name in names if isinstance(name, str) and name.isprintable())
    return [CompletionItem(name) for name in texts if name.startswith(incomplete)]
