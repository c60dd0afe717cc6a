"""Where models of the hub are kept, how much that is, and whether the hub may be asked."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from onevec.cli.doctor.environment import bare_url
from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem


@dataclass(frozen=True, slots=True)
class Hub:
    """Facts of the hub's cache.

    Attributes:
        folder: Where it is.
        there: Whether it is there.
        writable: Whether a model could be put there.
        models: How many are there.
        size: Their bytes.
        warnings: Snapshots that are damaged, in the words of the hub's client.
        offline: Whether the hub may not be asked.
        endpoint: The hub's address.
        token: Whether there is a token for it.
    """

    folder: str
    there: bool
    writable: bool
    models: int
    size: int
    warnings: tuple[str, ...]
    offline: bool
    endpoint: str
    token: bool


def gather(_asked: Asked) -> Hub:
    """Look into the cache; nobody is asked."""
    from huggingface_hub import constants, scan_cache_dir

    folder = Path(constants.HF_HUB_CACHE)
    there = os.path.isdir(folder)  # noqa: PTH112 - pathlib raises in a folder that this user may not enter
    found = scan_cache_dir(folder) if there else None
    nearest = next(one for one in (folder, *folder.parents) if os.path.exists(one))  # noqa: PTH110
    return Hub(
        str(folder),
        there,
        os.access(nearest, os.W_OK),
        sum(repo.repo_type == "model" for repo in found.repos) if found else 0,
        found.size_on_disk if found else 0,
        tuple(str(one) for one in found.warnings) if found else (),
        bool(constants.HF_HUB_OFFLINE),
        constants.ENDPOINT,
        _has_token(),
    )


def _has_token() -> bool:
    from huggingface_hub import get_token

    try:
        return get_token() is not None
    except OSError:  # it is a file of the cache's folder
        return False


def judge(facts: Hub) -> Iterable[Finding]:
    """The place, what is in it, and how the hub is asked."""
    if not facts.writable:
        yield problem("cache", f"{facts.folder} cannot be written", "set HF_HOME to a folder of your own")
    elif not facts.there:
        yield ok("cache", f"{facts.folder}, made with the first model")
    else:
        count = f"{facts.models} {'model' if facts.models == 1 else 'models'}"
        yield ok("cache", f"{facts.folder}: {count}, {size(facts.size)}")
    for warning in facts.warnings:
        yield note("cache", " ".join(warning.split())[:300], "remove that folder; the model is fetched again")
    if facts.offline:
        yield note("hub", "offline: only models in the cache are found", "unset HF_HUB_OFFLINE to fetch others")
    else:
        token = "with a token" if facts.token else "without a token, which only private and gated models need"
        yield ok("hub", f"{bare_url(facts.endpoint)}, {token}; asked only for a model that is not in the cache")


def size(count: int) -> str:
    """Bytes as people say them.

    >>> size(0), size(1_234), size(93_400_000)
    ('0 MB', '0 MB', '93 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
