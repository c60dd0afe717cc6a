# ruff: noqa: E402 - as the page has it
"""The how-to on text embeddings, its code unchanged but for where it imports from."""

import os

from azure.core.credentials import AzureKeyCredential

from onevec.azure import EmbeddingsClient

model = EmbeddingsClient(
    endpoint=os.environ["AZURE_INFERENCE_ENDPOINT"],
    credential=AzureKeyCredential(os.environ["AZURE_INFERENCE_CREDENTIAL"]),
    model="all-minilm-l6-v2",
)

response = model.embed(
    input=["The ultimate answer to the question of life"],
)

import numpy as np

for embed in response.data:
    print("Embedding of size:", np.asarray(embed.embedding).shape)

print("Model:", response.model)
print("Usage:", response.usage)

response = model.embed(
    input=[
        "The ultimate answer to the question of life",
        "The largest planet in our solar system is Jupiter",
    ],
)

for embed in response.data:
    print("Embedding of size:", np.asarray(embed.embedding).shape)

response = model.embed(
    input=["The ultimate answer to the question of life"],
    dimensions=384,
)
print("Vectors:", response.vectors.shape)
