# ruff: noqa: E402 - as the page has it
"""The how-to on text embeddings, its last part: what an embedding is for."""

import os

from azure.core.credentials import AzureKeyCredential

from onevec.azure import EmbeddingsClient

model = EmbeddingsClient(
    endpoint=os.environ["AZURE_INFERENCE_ENDPOINT"],
    credential=AzureKeyCredential(os.environ["AZURE_INFERENCE_CREDENTIAL"]),
    model="text-embedding-3-small",
)

from onevec.azure.models import EmbeddingInputType

response = model.embed(
    input=["The answer to the ultimate question of life, the universe, and everything is 42"],
    input_type=EmbeddingInputType.DOCUMENT,
)

response = model.embed(
    input=["What's the ultimate meaning of life?"],
    input_type=EmbeddingInputType.QUERY,
)
