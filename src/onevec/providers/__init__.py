"""Who embeds, and how a model string, a key and a base URL are found for each."""

from onevec.providers.bases import is_vendors, resolve_base
from onevec.providers.keys import Credential, resolve_key, wanted_key
from onevec.providers.metadata import ProviderMetadata
from onevec.providers.models import MODELS, Model, estimated_cost, known_model
from onevec.providers.resolve import split_model, split_url, target
from onevec.providers.table import PROVIDERS, provider

__all__ = [
    "MODELS",
    "PROVIDERS",
    "Credential",
    "Model",
    "ProviderMetadata",
    "estimated_cost",
    "is_vendors",
    "known_model",
    "provider",
    "resolve_base",
    "resolve_key",
    "split_model",
    "split_url",
    "target",
    "wanted_key",
]
