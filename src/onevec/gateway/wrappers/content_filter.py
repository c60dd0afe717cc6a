"""Content filter: texts that an operator's patterns or function refuse."""

import asyncio
import importlib
import inspect
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from onevec.errors import ConfigurationError, ContentFilterError, OnevecError, UnsupportedParameterError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.types import Embedder, EmbedRequest, EmbedResult

Judge: TypeAlias = Callable[[str], object]
"""Takes a text; a true answer refuses it. It may be called from several threads at once."""


class Filtered(Wrapper):
    """Refuses requests with a text in which a pattern is found, or that the judge refuses; fails closed.

    Args:
        inner: Who embeds.
        patterns: Regular expressions, searched in every text.
        judge: A function of the operator; it runs in a thread, because it may wait for something.
    """

    def __init__(self, inner: Embedder, patterns: Sequence[str] = (), judge: Judge | None = None) -> None:
        super().__init__(inner)
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._judge = judge

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread.

        Raises:
            ContentFilterError: an input is refused; nothing of it is said.
            UnsupportedParameterError: token ids or an image, which cannot be read.
            OnevecError: the judge failed; nothing is embedded.
        """
        self._search(request)
        self._ask(request)
        return self.inner.embed(request)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """The same without blocking the event loop."""
        self._search(request)
        if self._judge is not None:
            await asyncio.to_thread(self._ask, request)
        return await self.inner.aembed(request)

    def _search(self, request: EmbedRequest) -> None:
        for index, item in enumerate(request.inputs):
            if not isinstance(item, str):
                kind = "token ids" if isinstance(item, tuple) else "images"
                raise UnsupportedParameterError(
                    f"this deployment filters content and cannot read {kind}: send texts", loc=("input", index)
                )
            if any(pattern.search(item) for pattern in self._patterns):
                raise _refusal(index)

    def _ask(self, request: EmbedRequest) -> None:
        if self._judge is None:
            return
        for index, item in enumerate(request.inputs):
            try:
                refused = bool(self._judge(str(item)))
            except Exception as exc:
                raise OnevecError(
                    "the content filter of this deployment failed, so nothing was embedded: tell the operator",
                    code="content_filter_failed",
                ) from exc
            if refused:
                raise _refusal(index)


def _refusal(index: int) -> ContentFilterError:
    return ContentFilterError(
        f"input[{index}] was refused by the content filter of this deployment: change it and try again",
        param="input",
        loc=("input", index),
    )


def find_judge(entry_point: str) -> Judge:
    """The function that ``package.module:function`` names.

    Raises:
        ConfigurationError: it cannot be imported, is not there, or is no function of the kind that is wanted.
    """
    module, _, name = entry_point.partition(":")
    try:
        judge: Judge = getattr(importlib.import_module(module), name)
    except ImportError as exc:
        raise ConfigurationError(f"{module} cannot be imported: {exc}", param="content_filter") from exc
    except AttributeError as exc:
        raise ConfigurationError(f"{module} has no {name}", param="content_filter") from exc
    if not callable(judge) or inspect.iscoroutinefunction(judge):
        raise ConfigurationError(f"{entry_point} must be a plain function of one text", param="content_filter")
    return judge
