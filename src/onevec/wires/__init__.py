"""WIRES: a row per HTTP dialect, each in both directions."""

from collections.abc import Mapping
from types import MappingProxyType

from onevec.wires.azure import AZURE
from onevec.wires.items import Answer
from onevec.wires.openai import OPENAI
from onevec.wires.wire import Wire

__all__ = ["WIRES", "Answer", "Wire"]

WIRES: Mapping[str, Wire] = MappingProxyType({wire.name: wire for wire in (OPENAI, AZURE)})
