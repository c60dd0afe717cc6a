"""A model's own tokenizer, from its tokenizer.json.

Texts are encoded one by one: the library's batch call uses a thread pool of its own, which a process that forks after
it cannot use, and which only an environment variable of the whole process would switch off. At more than half a million
tokens a second the models are slower by far.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import tokenizers
from tokenizers.normalizers import Lowercase
from tokenizers.normalizers import Sequence as Normalizers

from onevec.errors import InvalidRequestError, ModelFileError


class ModelTokenizer:
    """Texts to token ids and their counts; it satisfies :class:`onevec.types.Tokenizer`. Threads may share it.

    Args:
        inner: The library's; it belongs to this one from now on.
        lower_case: Put texts in lower case first.
        special: Put the model's special tokens round texts.
        unknown: Keep the token that stands for what the vocabulary has not.
    """

    def __init__(
        self, inner: tokenizers.Tokenizer, *, lower_case: bool = False, special: bool = True, unknown: bool = True
    ) -> None:
        inner.no_truncation()
        inner.no_padding()
        if lower_case:
            parts = [Lowercase(), inner.normalizer] if inner.normalizer is not None else [Lowercase()]
            inner.normalizer = Normalizers(parts)
        self._inner = inner
        self._special = special
        self._dropped = None if unknown else _unknown(inner)
        empty = inner.encode("a", add_special_tokens=special)
        marks = empty.special_tokens_mask
        self.prefix = empty.ids[: marks.index(0)]
        self.suffix = empty.ids[len(marks) - marks[::-1].index(0) :]
        self.vocabulary = inner.get_vocab_size(with_added_tokens=True)

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        lower_case: bool = False,
        special: bool = True,
        unknown: bool = True,
        rows: int | None = None,
    ) -> "ModelTokenizer":
        """The tokenizer of a tokenizer.json, for a model that knows so many tokens.

        Raises:
            ModelFileError: it is missing or not one, or has more tokens than the model.
        """
        if not path.is_file():
            raise ModelFileError(
                f"{path} is missing: transformers' AutoTokenizer.from_pretrained(…).save_pretrained(…) makes one",
                value=str(path),
            )
        try:
            inner = tokenizers.Tokenizer.from_file(str(path))
            tokenizer = cls(inner, lower_case=lower_case, special=special, unknown=unknown)
        except Exception as exc:  # the library raises nothing narrower
            raise ModelFileError(f"{path} is not a tokenizer that can be read: {exc}", value=str(path)) from exc
        if rows is not None:
            tokenizer.check_rows(rows, path)
        return tokenizer

    def check_rows(self, rows: int, path: Path) -> None:
        """Refuse a tokenizer, read from this path, that has more tokens than the model.

        Raises:
            ModelFileError: it has.
        """
        if self.vocabulary > rows:
            raise ModelFileError(
                f"{path} has {self.vocabulary} tokens, more than the vocab_size in config.json, {rows}: they are not "
                "of one model",
                value=path.name,
            )

    def token_id(self, token: str) -> int | None:
        """The id of a token, or None where there is no such token."""
        found: int | None = self._inner.token_to_id(token)
        return found

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special ones included."""
        return [self._ids(text) for text in texts]

    def located(self, text: str) -> tuple[list[int], list[int]]:
        """Token ids of a text, special ones included, and the character behind the last of each token."""
        encoding = self._inner.encode(text, add_special_tokens=self._special)
        pairs = zip(encoding.ids, encoding.offsets, strict=True)
        kept = [(token, end) for token, (_, end) in pairs if token != self._dropped]
        return [token for token, _ in kept], [end for _, end in kept]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""
        return [len(self._ids(text)) for text in texts]

    def cut(self, ids: list[int], limit: int) -> list[int]:
        """The beginning of an encoded text, with the special tokens that end one: at most `limit` tokens."""
        if len(ids) <= limit:
            return ids
        return ids[: limit - len(self.suffix)] + self.suffix

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._inner.encode(text, add_special_tokens=self._special).ids
        return ids if self._dropped is None else [token for token in ids if token != self._dropped]

    def truncate(self, text: str, limit: int) -> str:
        """The longest beginning of `text` with at most `limit` tokens, special ones included."""
        encoding = self._inner.encode(text, add_special_tokens=self._special)
        room = limit - len(self.prefix) - len(self.suffix)
        content = encoding.offsets[len(self.prefix) : len(encoding) - len(self.suffix)]
        if len(content) <= room:
            return text
        end = content[room - 1][1] if room > 0 else 0
        # Half a word may have more tokens than the tokens that it was cut from.
        while end and len(self._ids(text[:end])) > limit:
            end -= 1
        return text[:end]

    def check_ids(self, ids: Sequence[int], index: int) -> None:
        """Refuse ids that are not in the vocabulary.

        Raises:
            InvalidRequestError: with the place of the first.
        """
        for position, token in enumerate(ids):
            if not 0 <= token < self.vocabulary:
                raise InvalidRequestError(
                    f"inputs[{index}][{position}] is {token}, and the model's token ids go from 0 to "
                    f"{self.vocabulary - 1}",
                    loc=("inputs", index, position),
                    value=str(token),
                )


def _unknown(inner: tokenizers.Tokenizer) -> int | None:
    """The id of the token for what is not in the vocabulary; None where there is none."""
    token = getattr(inner.model, "unk_token", None)
    if token is not None:
        found: int | None = inner.token_to_id(token)
        return found
    unigram: int | None = json.loads(inner.to_str())["model"].get("unk_id")
    return unigram
