"""Credentials that grow old: tokens and keys that are asked for, kept, and renewed before they expire.

Each is a :class:`~onevec.exchange.Signer`. A vendor's own library finds and fetches them where the vendor has one, so
that profiles, single sign-on, and the roles of machines and containers work as in the vendor's own tools.
"""

from onevec.credentials.amazon import KeySigner
from onevec.credentials.renewable import Renewable
from onevec.credentials.sources import SOURCES, renewable

__all__ = ["SOURCES", "KeySigner", "Renewable", "renewable"]
