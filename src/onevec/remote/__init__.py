"""Remote providers behind the protocol of an embedder."""

from onevec.remote.embedder import RemoteEmbedder
from onevec.remote.options import RemoteOptions

__all__ = ["RemoteEmbedder", "RemoteOptions"]
