"""Model: a mapping with typed attributes over it, as azure's SDKs hold the JSON objects of a service.

Every key that the service sent survives, whether it has an attribute or not: ``result["object"]``, ``"id" in result``,
``result.as_dict()``. An attribute whose key is absent is None, and setting one to None takes the key away.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from enum import Enum
from typing import Any, Generic, Self, TypeVar, cast, overload

T = TypeVar("T")


def as_is(value: Any) -> Any:
    """The value as the service sent it."""
    return value


def converted(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Reads a value as `kind` where that can be, and leaves it as the service sent it where it cannot.

    >>> converted(int)("15"), converted(int)("many")
    (15, 'many')
    """

    def read(value: Any) -> Any:
        try:
            return kind(value)
        except (TypeError, ValueError):
            return value

    return read


def unwrapped(value: Any) -> Any:
    """An enum's value, which is what the service is sent and sends."""
    return value.value if isinstance(value, Enum) else value


class Field(Generic[T]):
    """One key of the JSON object as an attribute.

    `read` makes the attribute of the stored value; `store` makes the stored value when one is set.
    """

    def __init__(self, read: Callable[[Any], Any] = as_is, *, store: Callable[[Any], Any] = unwrapped) -> None:
        self._read = read
        self.store = store

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = name

    @overload
    def __get__(self, model: None, owner: type) -> Self: ...
    @overload
    def __get__(self, model: "Model", owner: type) -> T: ...
    def __get__(self, model: "Model | None", owner: type) -> Self | T:
        if model is None:
            return self
        value = model.get(self._key)
        found: Any = value if value is None else self._read(value)
        return cast("T", found)

    def __set__(self, model: "Model", value: T) -> None:
        if value is None:
            model.pop(self._key, None)
        else:
            model[self._key] = self.store(value)


class Model(MutableMapping[str, Any]):
    """A JSON object of the service. Made of a mapping, or of keywords; keywords that are None are left out."""

    def __init__(self, mapping: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        given = {**(mapping or {}), **{name: value for name, value in fields.items() if value is not None}}
        self._data = {key: self._stored(key, value) for key, value in given.items()}

    def _stored(self, key: str, value: Any) -> Any:
        field = getattr(type(self), key, None) if key.isidentifier() else None
        if isinstance(field, Field) and value is not None:
            return field.store(value)
        return unwrapped(value)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value

    def __delitem__(self, key: str) -> None:
        del self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        """A mapping with equal contents is equal, whether it is a model or a dict."""
        if not isinstance(other, Mapping):
            return NotImplemented
        return bool(self.as_dict() == plain(other))

    __hash__ = None  # type: ignore[assignment] # it can change

    def __repr__(self) -> str:
        return str(self._data)

    def copy(self) -> Self:
        """Another model with the same contents; what is nested is shared."""
        return type(self)(self._data)

    def as_dict(self, *, exclude_readonly: bool = False) -> dict[str, Any]:  # noqa: ARG002 - no field is read-only
        """Plain dictionaries and lists, ready for JSON."""
        return {key: plain(value) for key, value in self._data.items()}


def plain(value: Any) -> Any:
    """The value without models and enums in it."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Enum):
        return value.value
    # A vector is thousands of numbers with nothing inside them: it is copied whole.
    if isinstance(value, list) and value and type(value[0]) in (float, int):
        return list(value)
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value
