# ruff: noqa: E402 - as the page has it
"""The how-to on image embeddings, its code unchanged but for where it imports from."""

import os

from azure.core.credentials import AzureKeyCredential

from onevec.azure import ImageEmbeddingsClient

client = ImageEmbeddingsClient(
    endpoint=os.environ["AZURE_INFERENCE_ENDPOINT"],
    credential=AzureKeyCredential(os.environ["AZURE_INFERENCE_CREDENTIAL"]),
    model="Cohere-embed-v3-english",
)

from onevec.azure.models import ImageEmbeddingInput

image_input = ImageEmbeddingInput.load(image_file="sample1.png", image_format="png")
response = client.embed(
    input=[image_input],
)

import numpy as np

for embed in response.data:
    print("Embeding of size:", np.asarray(embed.embedding).shape)

print("Model:", response.model)
print("Usage:", response.usage)

text_image_input = ImageEmbeddingInput.load(image_file="sample1.png", image_format="png")
text_image_input.text = "A cute baby sea otter"
response = client.embed(
    input=[text_image_input],
)

from onevec.azure.models import EmbeddingInputType

response = client.embed(
    input=[image_input],
    input_type=EmbeddingInputType.DOCUMENT,
)

response = client.embed(
    input=[image_input],
    input_type=EmbeddingInputType.QUERY,
)
