"""PROVIDERS: a row per provider.

A provider that speaks a known wire is a row and no code. Adding one: copy a row, give its sources in `doc_url`, run the
tests, which try every row. The file is long because it is one table. Limits that a provider does not publish stay below
what similar ones take.
"""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from onevec.errors import UnsupportedProviderError
from onevec.providers.clouds import CLOUDS
from onevec.providers.metadata import IMAGES, PAIRS
from onevec.providers.metadata import ProviderMetadata as _Row

EMBEDDERS = (
    _Row(
        name="local",
        doc_url="https://github.com/onevec/onevec/tree/main/docs",
        wire=None,
        modalities=PAIRS,
        key_required=False,
        parameters=frozenset({"dimensions", "input_type"}),
        note="this machine: the bundled model, a folder, or the Hugging Face hub",
    ),
    _Row(
        name="openai",
        doc_url="https://platform.openai.com/docs/api-reference/embeddings",
        env_key=("OPENAI_API_KEY",),
        env_api_base="OPENAI_BASE_URL",
        api_base="https://api.openai.com/v1",
        max_items=2048,
        max_tokens=300_000,
    ),
    _Row(
        name="azure",
        doc_url="https://learn.microsoft.com/rest/api/aifoundry/model-inference/get-embeddings",
        wire="azure",
        modalities=PAIRS,
        image_wire="azure_images",
        env_key=("AZURE_API_KEY",),
        auth="both",
        env_api_base="AZURE_AI_CHAT_ENDPOINT",
        api_version="2024-05-01-preview",
        parameters=frozenset({"dimensions", "input_type", "extra"}),
        max_items=96,
        note="the model inference API of Azure AI Foundry; base64 is asked for only when the caller does; "
        "max_items in client_args sends more than one image at a time",
    ),
    _Row(
        name="azureopenai",
        doc_url="https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
        env_key=("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY"),
        env_token=("AZURE_OPENAI_AD_TOKEN",),
        auth="api-key",
        env_api_base="AZURE_OPENAI_ENDPOINT",
        path="/openai/v1",
        dated_path="/openai/deployments/{model}",
        max_items=2048,
        max_tokens=300_000,
        note="the model is the deployment's name; a dated api_version in client_args takes the older route",
    ),
    _Row(
        name="dashscope",
        doc_url="https://help.aliyun.com/en/model-studio/embedding-interfaces-compatible-with-openai",
        env_key=("DASHSCOPE_API_KEY",),
        env_api_base="DASHSCOPE_API_BASE",
        api_base="https://dashscope.aliyuncs.com/compatible-mode/v1",
        parameters=frozenset({"dimensions", "extra"}),
        max_items=10,
        note="answers in floats only",
    ),
    _Row(
        name="databricks",
        doc_url="https://docs.databricks.com/machine-learning/model-serving/query-embedding-models",
        env_key=("DATABRICKS_TOKEN",),
        env_api_base="DATABRICKS_HOST",
        path="/serving-endpoints",
        parameters=frozenset({"dimensions", "extra"}),
        max_items=128,
    ),
    _Row(
        name="deepinfra",
        doc_url="https://docs.deepinfra.com/api-reference/openai-embeddings-1",
        env_key=("DEEPINFRA_API_KEY",),
        env_api_base="DEEPINFRA_API_BASE",
        api_base="https://api.deepinfra.com/v1/openai",
        max_items=1024,
        note="dimensions above the model's are filled up with zeros",
    ),
    _Row(
        name="edenai",
        doc_url="https://www.edenai.co/docs",
        env_key=("EDENAI_API_KEY",),
        env_api_base="EDENAI_API_BASE",
        api_base="https://api.edenai.run/v3",
    ),
    _Row(
        name="github",
        doc_url="https://docs.github.com/en/rest/models/embeddings",
        env_key=("GITHUB_TOKEN",),
        env_api_base="GITHUB_MODELS_API_BASE",
        api_base="https://models.github.ai/inference",
    ),
    _Row(
        name="llamacpp",
        doc_url="https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
        env_key=("LLAMACPP_API_KEY",),
        key_required=False,
        env_api_base="LLAMACPP_API_BASE",
        api_base="http://127.0.0.1:8080/v1",
        parameters=frozenset({"base64", "extra"}),
        note="the server embeds when it was started with --embeddings",
    ),
    _Row(
        name="lmstudio",
        doc_url="https://lmstudio.ai/docs/api/endpoints/openai",
        env_key=("LM_STUDIO_API_KEY",),
        key_required=False,
        env_api_base="LM_STUDIO_API_BASE",
        api_base="http://localhost:1234/v1",
        parameters=frozenset({"extra"}),
    ),
    _Row(
        name="mistral",
        doc_url="https://docs.mistral.ai/api/endpoint/embeddings",
        wire="mistral",
        env_key=("MISTRAL_API_KEY",),
        env_api_base="MISTRAL_API_BASE",
        api_base="https://api.mistral.ai/v1",
        max_items=128,
        max_tokens=16_384,
    ),
    _Row(
        name="mzai",
        doc_url="https://any-llm.ai",
        env_key=("ANY_LLM_KEY",),
        env_api_base="ANY_LLM_PLATFORM_URL",
        api_base="https://platform-api.any-llm.ai/api/v1",
    ),
    _Row(
        name="nebius",
        doc_url="https://docs.studio.nebius.com/inference/embeddings",
        env_key=("NEBIUS_API_KEY",),
        env_api_base="NEBIUS_API_BASE",
        api_base="https://api.studio.nebius.ai/v1",
    ),
    _Row(
        name="neosantara",
        doc_url="https://docs.neosantara.xyz",
        env_key=("NEOSANTARA_API_KEY",),
        env_api_base="NEOSANTARA_API_BASE",
        api_base="https://api.neosantara.xyz/v1",
    ),
    _Row(
        name="openrouter",
        doc_url="https://openrouter.ai/docs/api-reference/embeddings/create-embeddings",
        env_key=("OPENROUTER_API_KEY",),
        env_api_base="OPENROUTER_API_BASE",
        api_base="https://openrouter.ai/api/v1",
    ),
    _Row(
        name="otari",
        doc_url="https://mozilla-ai.github.io/otari/",
        env_key=("OTARI_API_KEY",),
        env_api_base="OTARI_API_BASE",
    ),
    _Row(
        name="qiniu",
        doc_url="https://developer.qiniu.com/aitokenapi",
        env_key=("QINIU_API_KEY",),
        env_api_base="QINIU_API_BASE",
        api_base="https://api.qnaigc.com/v1",
    ),
    _Row(
        name="requesty",
        doc_url="https://docs.requesty.ai",
        env_key=("REQUESTY_API_KEY",),
        env_api_base="REQUESTY_API_BASE",
        api_base="https://router.requesty.ai/v1",
    ),
    _Row(
        name="sambanova",
        doc_url="https://docs.sambanova.ai/docs/en/api-reference/endpoints/embeddings-api",
        env_key=("SAMBANOVA_API_KEY",),
        env_api_base="SAMBANOVA_API_BASE",
        api_base="https://api.sambanova.ai/v1",
        parameters=frozenset({"dimensions"}),
        max_items=32,
        note="takes input, model and dimensions, nothing else",
    ),
    _Row(
        name="together",
        doc_url="https://docs.together.ai/reference/embeddings",
        env_key=("TOGETHER_API_KEY",),
        env_api_base="TOGETHER_API_BASE",
        api_base="https://api.together.xyz/v1",
        parameters=frozenset({"extra"}),
    ),
    _Row(
        name="vllm",
        doc_url="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        env_key=("VLLM_API_KEY",),
        key_required=False,
        env_api_base="VLLM_API_BASE",
        api_base="http://localhost:8000/v1",
    ),
    _Row(
        name="cohere",
        doc_url="https://docs.cohere.com/reference/embed",
        wire="cohere",
        modalities=PAIRS,
        max_image_bytes=14 * 1024 * 1024,
        env_key=("COHERE_API_KEY", "CO_API_KEY"),
        env_api_base="CO_API_URL",
        api_base="https://api.cohere.com",
        parameters=frozenset({"dimensions", "input_type", "base64", "truncate", "extra"}),
        max_items=96,
        note="without an input type texts are embedded as documents; text is sent as clustering",
    ),
    _Row(
        name="cohere_v1",
        doc_url="https://docs.cohere.com/v1/reference/embed",
        wire="cohere_v1",
        modalities=PAIRS,
        max_image_bytes=14 * 1024 * 1024,
        env_key=("COHERE_API_KEY", "CO_API_KEY"),
        env_api_base="CO_API_URL",
        api_base="https://api.cohere.com",
        parameters=frozenset({"input_type", "truncate", "extra"}),
        max_items=96,
        note="for older servers that speak Cohere's first version",
    ),
    _Row(
        name="fireworks",
        doc_url="https://docs.fireworks.ai/api-reference/creates-an-embedding-vector-representing-the-input-text",
        env_key=("FIREWORKS_API_KEY",),
        env_api_base="FIREWORKS_API_BASE",
        api_base="https://api.fireworks.ai/inference/v1",
        parameters=frozenset({"dimensions", "extra"}),
        max_items=8,
        note="8 inputs a request are what LangChain's client says that it takes; it publishes no number",
    ),
    _Row(
        name="huggingface",
        doc_url="https://huggingface.co/docs/inference-providers/tasks/feature-extraction",
        wire="huggingface",
        env_key=("HF_TOKEN", "HUGGINGFACEHUB_API_TOKEN"),
        env_api_base="HUGGINGFACE_API_BASE",
        api_base="https://router.huggingface.co",
        parameters=frozenset({"input_type", "truncate", "extra"}),
        max_items=32,
        note="an input type is the name of one of the model's own prompts; models that do not pool are refused",
    ),
    _Row(
        name="infinity",
        doc_url="https://michaelfeil.eu/infinity/latest/",
        env_key=("INFINITY_API_KEY",),
        key_required=False,
        env_api_base="INFINITY_API_BASE",
        api_base="http://localhost:7997",
        max_items=2048,
    ),
    _Row(
        name="jina",
        doc_url="https://api.jina.ai/redoc",
        wire="jina",
        modalities=IMAGES,
        max_images=16,
        env_key=("JINA_API_KEY",),
        env_api_base="JINA_API_BASE",
        api_base="https://api.jina.ai/v1",
        parameters=frozenset({"dimensions", "input_type", "base64", "truncate", "extra"}),
        note="an input type is a task; jina-embeddings-v2 has none",
    ),
    _Row(
        name="litellm",
        doc_url="https://docs.litellm.ai/docs/proxy/embedding",
        env_key=("LITELLM_PROXY_API_KEY",),
        key_required=False,
        env_api_base="LITELLM_PROXY_API_BASE",
        api_base="http://localhost:4000",
        parameters=frozenset({"dimensions", "extra"}),
        note="LiteLLM's proxy; floats only, because what stands behind it differs",
    ),
    _Row(
        name="mixedbread",
        doc_url="https://www.mixedbread.com/api-reference",
        env_key=("MXBAI_API_KEY", "MIXEDBREAD_API_KEY"),
        env_api_base="MIXEDBREAD_BASE_URL",
        api_base="https://api.mixedbread.com/v1",
        max_items=256,
        note="a query is told apart by the extra `prompt`, not by an input type",
    ),
    _Row(
        name="nvidia",
        doc_url="https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html",
        wire="nvidia",
        env_key=("NVIDIA_API_KEY",),
        env_api_base="NVIDIA_BASE_URL",
        api_base="https://integrate.api.nvidia.com/v1",
        parameters=frozenset({"dimensions", "input_type", "base64", "truncate", "extra"}),
        max_items=50,
        note="without an input type texts are embedded as passages",
    ),
    _Row(
        name="ollama",
        doc_url="https://docs.ollama.com/api/embed",
        wire="ollama",
        env_key=("OLLAMA_API_KEY",),
        key_required=False,
        env_api_base="OLLAMA_HOST",
        api_base="http://127.0.0.1:11434",
        port=11434,
        parameters=frozenset({"dimensions", "truncate", "extra"}),
        max_items=128,
        note="OLLAMA_HOST may be a host without http:// and port, as Ollama's own tools take it",
    ),
    _Row(
        name="ollama_old",
        doc_url="https://github.com/ollama/ollama/blob/main/docs/api.md",
        wire="ollama_old",
        env_key=("OLLAMA_API_KEY",),
        key_required=False,
        env_api_base="OLLAMA_HOST",
        api_base="http://127.0.0.1:11434",
        port=11434,
        parameters=frozenset({"extra"}),
        max_items=1,
        fixed_items=True,
        note="for servers that have only /api/embeddings: one text a request, cut silently, no usage",
    ),
    _Row(
        name="openai-compatible",
        doc_url="https://platform.openai.com/docs/api-reference/embeddings",
        env_key=("OPENAI_COMPATIBLE_API_KEY",),
        key_required=False,
        env_api_base="OPENAI_COMPATIBLE_API_BASE",
        parameters=frozenset({"dimensions", "extra"}),
        max_items=32,
        note="any server that speaks as OpenAI does: api_base, or a model named as 'http://HOST/v1:MODEL'",
    ),
    _Row(
        name="ovhcloud",
        doc_url="https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints-getting-started",
        env_key=("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"),
        key_required=False,
        env_api_base="OVHCLOUD_API_BASE",
        api_base="https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        parameters=frozenset({"extra"}),
        max_items=32,
        note="answers a few requests a minute without a key",
    ),
    _Row(
        name="scaleway",
        doc_url="https://www.scaleway.com/en/docs/generative-apis/how-to/query-embedding-models/",
        env_key=("SCW_SECRET_KEY",),
        env_api_base="SCALEWAY_API_BASE",
        api_base="https://api.scaleway.ai/v1",
        parameters=frozenset({"extra"}),
        max_items=32,
        note="no dimensions and no encoding_format, by its documentation; 32 inputs are our guess",
    ),
    _Row(
        name="siliconflow",
        doc_url="https://docs.siliconflow.com/en/api-reference/embeddings/create-embeddings",
        env_key=("SILICONFLOW_API_KEY",),
        env_api_base="SILICONFLOW_API_BASE",
        api_base="https://api.siliconflow.com/v1",
        max_items=32,
        note="in China the base is https://api.siliconflow.cn/v1",
    ),
    _Row(
        name="tei",
        doc_url="https://huggingface.github.io/text-embeddings-inference/",
        wire="tei",
        env_key=("TEI_API_KEY",),
        key_required=False,
        env_api_base="TEI_API_BASE",
        api_base="http://localhost:8080",
        parameters=frozenset({"dimensions", "input_type", "truncate", "extra"}),
        max_items=32,
        note="one model a server, whatever name is asked for; 32 inputs unless --max-client-batch-size says more",
    ),
    _Row(
        name="volcengine",
        doc_url="https://www.volcengine.com/docs/82379/1521766",
        env_key=("ARK_API_KEY", "VOLCENGINE_API_KEY"),
        env_api_base="VOLCENGINE_API_BASE",
        api_base="https://ark.cn-beijing.volces.com/api/v3",
        parameters=frozenset({"base64", "extra"}),
        max_items=32,
        note="the model may be the id of an endpoint",
    ),
    _Row(
        name="voyage",
        doc_url="https://docs.voyageai.com/reference/embeddings-api",
        wire="voyage",
        modalities=PAIRS,
        image_wire="voyage_multimodal",
        max_images=16,
        env_key=("VOYAGE_API_KEY",),
        env_api_base="VOYAGE_API_BASE",
        api_base="https://api.voyageai.com/v1",
        parameters=frozenset({"dimensions", "input_type", "base64", "truncate", "extra"}),
        max_items=1000,
        max_tokens=120_000,
        note="120,000 tokens a request hold for every model; some take more",
    ),
    _Row(
        name="xinference",
        doc_url="https://inference.readthedocs.io/en/latest/models/model_abilities/embed.html",
        env_key=("XINFERENCE_API_KEY",),
        key_required=False,
        env_api_base="XINFERENCE_API_BASE",
        api_base="http://127.0.0.1:9997/v1",
        parameters=frozenset({"dimensions", "extra"}),
    ),
    *CLOUDS,
)

NOT_EMBEDDING = {
    "anthropic": "https://docs.anthropic.com",
    "atlascloud": "https://www.atlascloud.ai/docs",
    "azureanthropic": "https://learn.microsoft.com/azure/ai-foundry",
    "cascadia": "https://cascadia.to",
    "cerebras": "https://inference-docs.cerebras.ai",
    "deepseek": "https://api-docs.deepseek.com",
    "gmi": "https://docs.gmicloud.ai",
    "groq": "https://console.groq.com/docs",
    "inception": "https://docs.inceptionlabs.ai",
    "kenari": "https://kenari.id/docs",
    "liner": "https://liner.com/developers/docs",
    "llama": "https://llama.developer.meta.com/docs",
    "meta": "https://dev.meta.ai/docs",
    "moonshot": "https://platform.moonshot.ai/docs",
    "typesafe": "https://docs.typesafe.ai",
    "vertexaianthropic": "https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude",
    "xai": "https://docs.x.ai",
}
"""Well known, and without an embeddings API: named here so that asking for one is answered well."""

PROVIDERS: Mapping[str, _Row] = MappingProxyType(
    {row.name: row for row in EMBEDDERS}
    | {
        name: _Row(name=name, doc_url=url, wire=None, embedding=False, key_required=False, parameters=frozenset())
        for name, url in NOT_EMBEDDING.items()
    }
)


def provider(name: object) -> _Row:
    """The row of a provider that embeds.

    Args:
        name: Its name, or any object whose `value` is one, such as a member of another library's enumeration.

    Raises:
        UnsupportedProviderError: nobody of that name, or somebody without embeddings; names the nearest.
    """
    word = getattr(name, "value", name)
    if not isinstance(word, str):
        raise UnsupportedProviderError(f"provider must be a name, not {type(name).__name__}", param="provider")
    row = PROVIDERS.get(word.strip().lower())
    if row is None:
        raise UnsupportedProviderError(_unknown(word), param="provider", value=word[:60])
    if not row.embedding:
        raise UnsupportedProviderError(
            f"{row.name} has no embeddings: take another provider (`onevec providers` lists them)",
            param="provider",
            provider=row.name,
            value=row.name,
        )
    return row


def _unknown(word: str) -> str:
    names = [row.name for row in EMBEDDERS]
    nearest = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"no provider is named {word[:60]!r}: {hint}`onevec providers` lists them"
