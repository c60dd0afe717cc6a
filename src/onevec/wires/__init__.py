"""WIRES: a row per HTTP dialect, each in both directions."""

from collections.abc import Mapping
from types import MappingProxyType

from onevec.wires.azure import AZURE
from onevec.wires.azure_images import AZURE_IMAGES
from onevec.wires.bedrock import BEDROCK
from onevec.wires.cloudflare import CLOUDFLARE
from onevec.wires.cohere import COHERE, COHERE_V1
from onevec.wires.gemini import GEMINI
from onevec.wires.items import Answer
from onevec.wires.jina import JINA
from onevec.wires.ollama import OLLAMA, OLLAMA_OLD
from onevec.wires.openai import OPENAI
from onevec.wires.sagemaker import SAGEMAKER
from onevec.wires.shaped import MISTRAL, NVIDIA, VOYAGE
from onevec.wires.tei import HUGGINGFACE, TEI
from onevec.wires.vertexai import VERTEXAI
from onevec.wires.vertexai_gemini import VERTEXAI_GEMINI
from onevec.wires.vertexai_multimodal import VERTEXAI_MULTIMODAL
from onevec.wires.voyage_multimodal import VOYAGE_MULTIMODAL
from onevec.wires.watsonx import WATSONX
from onevec.wires.wire import Outgoing, Wire

__all__ = ["WIRES", "Answer", "Outgoing", "Wire"]

ALL = (
    OPENAI,
    AZURE,
    AZURE_IMAGES,
    MISTRAL,
    VOYAGE,
    VOYAGE_MULTIMODAL,
    JINA,
    NVIDIA,
    COHERE,
    COHERE_V1,
    TEI,
    HUGGINGFACE,
    OLLAMA,
    OLLAMA_OLD,
    GEMINI,
    VERTEXAI,
    VERTEXAI_GEMINI,
    VERTEXAI_MULTIMODAL,
    BEDROCK,
    SAGEMAKER,
    WATSONX,
    CLOUDFLARE,
)

WIRES: Mapping[str, Wire] = MappingProxyType({wire.name: wire for wire in ALL})
