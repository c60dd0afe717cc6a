"""A maintained home for the embeddings clients of `azure.ai.inference`: change the import, and nothing else.

>>> from onevec.azure import EmbeddingsClient
>>> from azure.core.credentials import AzureKeyCredential
>>> client = EmbeddingsClient("https://resource.services.ai.azure.com/models", AzureKeyCredential("key"))
"""

from onevec.errors import ConfigurationError

try:
    import azure.core as _required
except ImportError as exc:
    raise ConfigurationError("onevec.azure needs azure-core: pip install 'onevec[azure]'", param="azure") from exc

from onevec.azure.client import EmbeddingsClient, ImageEmbeddingsClient, load_client

del _required

__all__ = ["EmbeddingsClient", "ImageEmbeddingsClient", "load_client"]
