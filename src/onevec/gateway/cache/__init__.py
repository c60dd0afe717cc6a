"""The cache: vectors that were computed once, in memory, on disk and in Redis; never another input's, or space's.

A deployment's model is wrapped in :class:`Cached`; all of a gateway's share one :class:`VectorCache`. A key is a digest
of everything that a vector depends on; an entry carries a checksum, so that a damaged one is a miss.
"""

from onevec.gateway.cache.cached import Cached
from onevec.gateway.cache.opening import open_cache
from onevec.gateway.cache.store import Store
from onevec.gateway.cache.vector_cache import VectorCache

__all__ = ["Cached", "Store", "VectorCache", "open_cache"]
