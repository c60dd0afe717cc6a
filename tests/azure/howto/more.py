"""What type checkers must accept beyond the how-tos: tokens, async, every overload, the models, and what is new."""

import asyncio
import io
from pathlib import Path
from typing import assert_type

import numpy as np
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from numpy.typing import NDArray

from onevec.azure import EmbeddingsClient, ImageEmbeddingsClient, aio, load_client
from onevec.azure.models import (
    EmbeddingEncodingFormat,
    EmbeddingInputType,
    EmbeddingItem,
    EmbeddingsResult,
    EmbeddingsUsage,
    ImageEmbeddingInput,
    ModelInfo,
)
from onevec.azure.tracing import AIInferenceInstrumentor


def blocking(endpoint: str, token: TokenCredential) -> None:
    with EmbeddingsClient(endpoint, token, credential_scopes=["scope"], api_version=None) as client:
        result = client.embed(input="one", encoding_format=EmbeddingEncodingFormat.BASE64, model_extras={"k": 1})
        assert_type(result, EmbeddingsResult)
        assert_type(result.data, list[EmbeddingItem])
        assert_type(result.data[0].embedding, str | list[float])
        assert_type(result.data[0].index, int)
        assert_type(result.usage, EmbeddingsUsage)
        assert_type(result.usage.prompt_tokens, int)
        assert_type(result.id, str)
        assert_type(result.vectors, NDArray[np.float32])
        client.embed(input=[[1, 2], [3]], input_type="search_query", max_batch_size=96, overflow="chunk")
        client.embed({"input": ["one"]})
        client.embed(body=b"{}", content_type="application/json")
        client.embed(body=io.BytesIO(b"{}"), headers={"x": "y"}, raw_request_hook=print, stream=False)
        assert_type(client.get_model_info(), ModelInfo)
        assert_type(client.get_model_info().model_name, str)
        assert_type(client.send_request(HttpRequest("GET", "/x"), stream=True), HttpResponse)
    loaded = load_client(endpoint, AzureKeyCredential("key"))
    assert_type(loaded, EmbeddingsClient | ImageEmbeddingsClient)


async def later(endpoint: str, token: AsyncTokenCredential) -> None:
    async with aio.ImageEmbeddingsClient(endpoint, token, dimensions=3) as client:
        image = ImageEmbeddingInput.load(image_file=Path("a.png"), text=None)
        result = await client.embed(input=[image], input_type=EmbeddingInputType.QUERY)
        assert_type(result, EmbeddingsResult)
        assert_type((await client.get_model_info()).model_type, str)
        assert_type(await client.send_request(HttpRequest("GET", "/x")), AsyncHttpResponse)
    other = await aio.load_client(endpoint, AzureKeyCredential("key"))
    await other.close()
    many = aio.EmbeddingsClient(endpoint, AzureKeyCredential("key"))
    results = await asyncio.gather(many.embed(input=["a"]), many.embed(body={"input": ["b"]}))
    assert_type(results[0], EmbeddingsResult)


def models() -> None:
    item = EmbeddingItem(embedding=[0.1], index=0)
    result = EmbeddingsResult(id="a", data=[item], usage=EmbeddingsUsage(prompt_tokens=1, total_tokens=1), model="m")
    EmbeddingsResult({"id": "a"})
    result.model = "n"
    image = ImageEmbeddingInput(image="data:…")
    image.text = "a text"
    AIInferenceInstrumentor().instrument(enable_content_recording=False)
    try:
        print(result["data"], "id" in result, result.get("x"))
    except HttpResponseError as error:
        print(error.error.code if error.error else error.message)
