"""From what the user names as input to the files that it is: paths, folders, patterns, and URLs of object stores."""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from pyarrow import fs

from onevec.bulk.addresses import shown
from onevec.bulk.sources.kinds import KINDS, ending
from onevec.bulk.sources.systems import mark, reach, readable, system_of
from onevec.bulk.sources.words import File
from onevec.errors import ConfigurationError, InputDataError


def find_files(place: str, form: str | None = None) -> tuple[str, list[File]]:
    """The kind of an input and its files, by name.

    Args:
        place: A file, a folder, a pattern such as ``data/**/*.parquet``, or a URL of one of them.
        form: The kind, where names do not tell.

    Raises:
        ConfigurationError: nothing is there, or files of several kinds are.
        InputDataError: it cannot be looked at.
    """
    if form is not None and form not in KINDS:
        raise ConfigurationError(f"format must be one of {', '.join(KINDS)}, not {form!r:.60}", param="format")
    row = system_of(place)
    with readable(shown(place), remedy=row.remedy):
        system, path = reach(place)
    try:
        with readable(shown(place), system, row.remedy):
            files, folder = _listed(system, path, row.wild)
    except UnicodeError as exc:
        raise InputDataError(f"{shown(place)}: the name of a file there is not UTF-8: rename it") from exc
    if not files:
        raise ConfigurationError(
            f"{shown(place)}: there is no such file or pattern of files, nor a folder with files in it", param="input"
        )
    with readable(shown(place), system, row.remedy):
        saved = _dataset(files) if folder else None
    if saved is not None:
        return "arrow", saved
    kind = form or _kind(place, files, folder)
    endings = (*KINDS[kind].endings, *(KINDS[kind].named or ()))
    found = [one for one in files if not folder or ending(one.name) in endings]
    if not found:
        raise ConfigurationError(f"{shown(place)} has no files of the kind {kind}", param="format")
    return kind, found


def _listed(system: fs.FileSystem, path: str, wild: re.Pattern[str]) -> tuple[list[File], bool]:
    """The files, in the order of their names, and whether they are those of a folder."""
    first = wild.search(path)
    if first and not (isinstance(system, fs.LocalFileSystem) and system.get_file_info(path).is_file):
        root = path[: first.start()].rpartition("/")[0]
        pattern, dots = _pattern(path), "/." in path[len(root) :]  # as a shell, it finds what is hidden when it says so
        found = (one for one in _within(system, root) if pattern.fullmatch(one.path))
        return [one for one in found if dots or "/." not in f"/{one.name}"], False
    info = system.get_file_info(path)
    if info.type == fs.FileType.Directory:
        return [one for one in _within(system, path) if not _hidden(one.name)], True
    # Behind a question mark in a web address may be a signature, which no id, error or manifest may show.
    bare = path if wild.search("?") else path.partition("?")[0]
    return ([_file(system, info, bare.rsplit("/", 1)[-1])] if info.is_file else []), False


def _within(system: fs.FileSystem, root: str) -> list[File]:
    infos = system.get_file_info(fs.FileSelector(root, recursive=True, allow_not_found=True))
    start = len(root.rstrip("/")) + 1
    found = [_file(system, info, info.path[start:]) for info in infos if info.is_file]
    return sorted(found, key=lambda one: one.name)


def _file(system: fs.FileSystem, info: Any, name: str) -> File:
    return File(system, info.path, name, info.size, mark(system, info))


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _pattern(path: str) -> re.Pattern[str]:
    """The expression of a pattern: ``*`` and ``?`` stay within a folder, ``**`` does not.

    >>> bool(_pattern("/a/**/*.csv").fullmatch("/a/b/c/d.csv")), bool(_pattern("/a/*.csv").fullmatch("/a/b/c.csv"))
    (True, False)
    """
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", path)
    return re.compile("".join(words.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts))


def _dataset(files: Sequence[File]) -> list[File] | None:
    """The files of a folder that Hugging Face's `save_to_disk` wrote, in its order."""
    by_name = {one.name: one for one in files}
    if "dataset_dict.json" in by_name:
        raise ConfigurationError("the folder holds several splits of a dataset: name one of its folders", param="input")
    if "state.json" not in by_name:
        return None
    with by_name["state.json"].open() as opened:
        content = opened.read()
    try:
        names = [one["filename"] for one in orjson.loads(content)["_data_files"]]
    except (ValueError, KeyError, TypeError):  # somebody else's
        return None
    if lacking := [name for name in names if name not in by_name]:
        raise InputDataError(f"the dataset lacks its file {lacking[0]}: save it anew", value=lacking[0])
    return [by_name[name] for name in names]


def _kind(place: str, files: Sequence[File], folder: bool) -> str:
    kinds = {name for name, kind in KINDS.items() for one in files if kind.has(one.name, in_folder=folder)}
    if len(kinds) != 1:
        told = f"files of several kinds ({', '.join(sorted(kinds))})" if kinds else "no file of a known kind"
        raise ConfigurationError(
            f"{shown(place)} has {told}: say with format which of {', '.join(KINDS)} to read", param="format"
        )
    return kinds.pop()
