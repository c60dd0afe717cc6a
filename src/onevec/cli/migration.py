# ruff: noqa: N802, ARG002 - libcst calls methods by these names, with these arguments
"""Rewrites the imports of `azure.ai.inference`'s embeddings clients to `onevec.azure`, and no other byte of a file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper, PositionProvider

OLD = "azure.ai.inference"
NEW = "onevec.azure"

MOVED: Mapping[str, frozenset[str]] = {
    "": frozenset({"EmbeddingsClient", "ImageEmbeddingsClient"}),
    ".aio": frozenset({"EmbeddingsClient", "ImageEmbeddingsClient"}),
    ".models": frozenset(
        {
            "EmbeddingEncodingFormat", "EmbeddingInput", "EmbeddingInputType", "EmbeddingItem", "EmbeddingsResult",
            "EmbeddingsUsage", "ImageEmbeddingInput",
        }
    ),
    ".tracing": frozenset(),
}  # fmt: skip
"""For each module the names that are embeddings' alone."""

SHARED: Mapping[str, frozenset[str]] = {
    "": frozenset({"aio", "load_client", "models"}),
    ".aio": frozenset({"load_client"}),
    ".models": frozenset({"ModelInfo", "ModelType"}),
    ".tracing": frozenset({"AIInferenceInstrumentor"}),
}
"""Names that chats use as well: they move where a file has nothing to do with chats."""

IN_TEXT = re.compile(
    r"azure\.ai\.inference(?P<module>(\.aio)?\.(Image)?EmbeddingsClient|\.models\.(Image)?Embedding\w+)(?P<rest>[\w.]*)"
)
"""A dotted name in a text, as `unittest.mock.patch` takes one."""


@dataclass(frozen=True, slots=True)
class Left:
    """An import that stays as it is."""

    line: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Migration:
    """What became of a file: its new content, how many places changed, what stayed."""

    content: bytes
    changes: int
    left: Sequence[Left]


def migrate(content: bytes) -> Migration:
    """The source with its imports rewritten.

    Raises:
        libcst.ParserSyntaxError: it is no Python.
    """
    wrapper = MetadataWrapper(cst.parse_module(content), unsafe_skip_copy=True)
    survey = _Survey()
    wrapper.visit(survey)
    rewriter = _Rewriter(survey)
    module = wrapper.visit(rewriter)
    return Migration(module.bytes, rewriter.changes, tuple(rewriter.left))


def module_of(name: str) -> str | None:
    """The part of a module's name after the package's, or None for another package's."""
    if name == OLD:
        return ""
    tail = name.removeprefix(OLD) if name.startswith(f"{OLD}.") else None
    return tail if tail in MOVED else None


class _Survey(cst.CSTVisitor):
    """What a file does with the package: which names it takes from it, and through which modules."""

    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()
        self.modules: dict[str, str] = {}
        self.used: dict[str, set[str]] = {}

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        source = _source(node)
        for alias in _aliases(node):
            name, bound = alias.evaluated_name, alias.evaluated_alias or alias.evaluated_name
            whole = module_of(f"{source}.{name}")
            if whole is not None:
                self.modules[bound] = whole
            elif (module := module_of(source)) is not None:
                self.names.add((module, name))
        if isinstance(node.names, cst.ImportStar) and (module := module_of(source)) is not None:
            self.names.add((module, "*"))

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            module = module_of(alias.evaluated_name)
            if module is not None:
                self.modules[alias.evaluated_alias or alias.evaluated_name] = module

    def visit_Attribute(self, node: cst.Attribute) -> None:
        base = get_full_name_for_node(node.value)
        if base is not None:
            self.used.setdefault(base, set()).add(node.attr.value)

    @property
    def chats(self) -> bool:
        """Whether the file has to do with what is not embeddings."""
        below = {f"{bound}{tail}": tail for bound, module in self.modules.items() if not module for tail in MOVED}
        bound_to = {**below, **self.modules}
        through = {(module, name) for bound, module in bound_to.items() for name in self.used.get(bound, ())}
        return any(
            name == "*" or not (name in MOVED[module] or name in SHARED[module])
            for module, name in self.names | through
        )


class _Rewriter(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, survey: _Survey) -> None:
        super().__init__()
        self._chats = survey.chats
        self.changes = 0
        self.left: list[Left] = []

    def _moves(self, module: str, name: str) -> bool:
        return name in MOVED[module] or (name in SHARED[module] and not self._chats)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False  # its names are looked at as a whole

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.FlattenSentinel[cst.BaseSmallStatement]:
        source = _source(updated_node)
        if source == "azure.ai":
            return self._from_azure_ai(original_node, updated_node)
        module = module_of(source)
        if module is None:
            return updated_node
        moving = [alias for alias in _aliases(updated_node) if self._moves(module, alias.evaluated_name)]
        staying = [alias for alias in _aliases(updated_node) if not self._moves(module, alias.evaluated_name)]
        self._tell(original_node, source, [alias.evaluated_name for alias in staying] or _stars(updated_node))
        if not moving:
            return updated_node
        self.changes += 1
        home = _dotted(NEW + module)
        if not staying:
            return updated_node.with_changes(module=home)
        return cst.FlattenSentinel(
            [_only(updated_node, moving).with_changes(module=home), _only(updated_node, staying)]
        )

    def _from_azure_ai(self, original: cst.ImportFrom, updated: cst.ImportFrom) -> cst.ImportFrom:
        """`from azure.ai import inference`, which becomes `from onevec import azure as inference`."""
        names = [alias.evaluated_name for alias in _aliases(updated)]
        if "inference" not in names:
            return updated
        if self._chats or len(names) > 1:
            self._tell(original, "azure.ai", ["inference"])
            return updated
        self.changes += 1
        alias = _aliases(updated)[0]
        bound = alias.asname or cst.AsName(cst.Name("inference"))
        return updated.with_changes(module=cst.Name("onevec"), names=[cst.ImportAlias(cst.Name("azure"), asname=bound)])

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        found = [alias for alias in updated_node.names if module_of(alias.evaluated_name) is not None]
        if not found or self._chats:
            self._tell(original_node, "", [alias.evaluated_name for alias in found])
            return updated_node
        self.changes += 1
        names = [
            alias.with_changes(name=_dotted(NEW + (module_of(alias.evaluated_name) or ""))) if alias in found else alias
            for alias in updated_node.names
        ]
        return updated_node.with_changes(names=names)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        """`azure.ai.inference` where it is used by its whole name."""
        if self._chats or get_full_name_for_node(original_node) != OLD:
            return updated_node
        return _dotted(NEW)

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        quote = len(updated_node.prefix) + len(updated_node.quote)
        inner = updated_node.value[quote : -len(updated_node.quote)]
        if not IN_TEXT.fullmatch(inner):
            return updated_node
        self.changes += 1
        return updated_node.with_changes(value=updated_node.value.replace(OLD, NEW))

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        """An import that became two has two lines; a comment stays above the first, one at the end at the second."""
        if len(original_node.body) > 1 or len(updated_node.body) == 1:
            return updated_node
        first, second = (part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for part in updated_node.body)
        above = cst.SimpleStatementLine([first], leading_lines=updated_node.leading_lines)
        return cst.FlattenSentinel([above, updated_node.with_changes(body=[second], leading_lines=[])])

    def _tell(self, node: cst.CSTNode, source: str, names: Iterable[str]) -> None:
        line = self.get_metadata(PositionProvider, node).start.line
        self.left += [Left(line, f"{source}.{name}".lstrip("."), _why(name)) for name in names]


def _why(name: str) -> str:
    if name == "*":
        return "import the names that are used"
    shared = any(name in names for names in SHARED.values()) or name.endswith("inference")
    return "the file uses chats as well" if shared else "onevec.azure has embeddings only"


def _source(node: cst.ImportFrom) -> str:
    """The module that an import takes from; nothing for one of its own package."""
    if node.relative or node.module is None:
        return ""
    return get_full_name_for_node(node.module) or ""


def _aliases(node: cst.ImportFrom) -> list[cst.ImportAlias]:
    return [] if isinstance(node.names, cst.ImportStar) else list(node.names)


def _stars(node: cst.ImportFrom) -> list[str]:
    return ["*"] if isinstance(node.names, cst.ImportStar) else []


def _only(node: cst.ImportFrom, aliases: Sequence[cst.ImportAlias]) -> cst.ImportFrom:
    """The import with some of its names, each with the comment that it had."""
    return node.with_changes(names=[*aliases[:-1], aliases[-1].with_changes(comma=_end(node, aliases[-1]))])


def _end(node: cst.ImportFrom, alias: cst.ImportAlias) -> cst.Comma | cst.MaybeSentinel:
    """What follows the last name: in parentheses its own comma, ended as the last name's is; else nothing."""
    if node.lpar is None or isinstance(alias.comma, cst.MaybeSentinel):
        return cst.MaybeSentinel.DEFAULT
    own, last = alias.comma.whitespace_after, getattr(_aliases(node)[-1].comma, "whitespace_after", None)
    if isinstance(own, cst.ParenthesizedWhitespace) and isinstance(last, cst.ParenthesizedWhitespace):
        return alias.comma.with_changes(whitespace_after=own.with_changes(indent=last.indent, last_line=last.last_line))
    return cst.MaybeSentinel.DEFAULT


def _dotted(name: str) -> cst.Attribute | cst.Name:
    parts = name.split(".")
    node: cst.Attribute | cst.Name = cst.Name(parts[0])
    for part in parts[1:]:
        node = cst.Attribute(node, cst.Name(part))
    return node
