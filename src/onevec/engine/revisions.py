"""REVISIONS: the commits of the hub that the catalog's names mean.

Those of the MTEB registry (package mteb 2.26.24, `ModelMeta.revision`), which says of each that it has safetensors or
ONNX; EmbeddingGemma's is its repository's own. `client_args["revision"]` asks for another, ``main`` for instance.
"""

from collections.abc import Mapping

REVISIONS: Mapping[str, str] = {
    "Alibaba-NLP/gte-modernbert-base": "7ca8b4ca700621b67618669f5378fe5f5820b8e4",
    "BAAI/bge-base-en-v1.5": "a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
    "BAAI/bge-large-en-v1.5": "d4aa6901d3a41ba39fb536a557fa166f842b0e09",
    "BAAI/bge-m3": "5617a9f61b028005a4858fdac845db406aefb181",
    "BAAI/bge-small-en-v1.5": "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
    "google/siglip-base-patch16-224": "7fd15f0689c79d79e38b1c2e2e2370a7bf2761ed",
    "intfloat/e5-base-v2": "1c644c92ad3ba1efdad3f1451a637716616a20e8",
    "intfloat/e5-large-v2": "b322e09026e4ea05f42beadf4d661fb4e101d311",
    "intfloat/e5-small-v2": "dca8b1a9dae0d4575df2bf423a5edb485a431236",
    "intfloat/multilingual-e5-base": "d13f1b27baf31030b7fd040960d60d909913633f",
    "intfloat/multilingual-e5-large": "ab10c1a7f42e74530fe7ae5be82e6d4f11a719eb",
    "intfloat/multilingual-e5-large-instruct": "baa7be480a7de1539afce709c8f13f833a510e0a",
    "intfloat/multilingual-e5-small": "fd1525a9fd15316a2d503bf26ab031a61d056e98",
    "jinaai/jina-embeddings-v2-base-en": "6e85f575bc273f1fd840a658067d0157933c83f0",
    "jinaai/jina-embeddings-v2-small-en": "44e7d1d6caec8c883c2d4b207588504d519788d0",
    "minishlab/potion-base-32M": "1e5a03f8eeb2c98b928fbbd846f22f816360919f",
    "minishlab/potion-base-8M": "bf8b056651a2c21b8d2565580b8569da283cab23",
    "minishlab/potion-retrieval-32M": "6fc8051fab2a1e0ee76689cf08c853792ac285e7",
    "mixedbread-ai/mxbai-embed-large-v1": "990580e27d329c7408b3741ecff85876e128e203",
    "nomic-ai/modernbert-embed-base": "5960f1566fb7cb1adf1eb6e816639cf4646d9b12",
    "nomic-ai/nomic-embed-text-v1": "0759316f275aa0cb93a5b830973843ca66babcf5",
    "nomic-ai/nomic-embed-text-v1.5": "b0753ae76394dd36bcfb912a46018088bca48be0",
    "onnx-community/embeddinggemma-300m-ONNX": "75a84c732f1884df76bec365346230e32f582c82",
    "openai/clip-vit-large-patch14": "32bd64288804d66eefd0ccbe215aa642df71cc41",
    "Qwen/Qwen3-Embedding-0.6B": "b22da495047858cce924d27d76261e96be6febc0",
    "sentence-transformers/all-MiniLM-L12-v2": "364dd28d28dcd3359b537f3cf1f5348ba679da62",
    "sentence-transformers/all-MiniLM-L6-v2": "8b3219a92973c328a8e22fadcfa821b5dc75636a",
    "sentence-transformers/all-mpnet-base-v2": "9a3225965996d404b775526de6dbfe85d3368642",
    "Snowflake/snowflake-arctic-embed-l": "9a9e5834d2e89cdd8bb72b64111dde496e4fe78c",
    "Snowflake/snowflake-arctic-embed-l-v2.0": "edc2df7b6c25794b340229ca082e7c78782e6374",
    "Snowflake/snowflake-arctic-embed-m": "cc17beacbac32366782584c8752220405a0f3f40",
    "Snowflake/snowflake-arctic-embed-m-v1.5": "97eab2e17fcb7ccb8bb94d6e547898fa1a6a0f47",
    "Snowflake/snowflake-arctic-embed-m-v2.0": "f2a7d59d80dfda5b1d14f096f3ce88bb6bf9ebdc",
    "Snowflake/snowflake-arctic-embed-s": "d3c1d2d433dd0fdc8e9ca01331a5f225639e798f",
    "Snowflake/snowflake-arctic-embed-xs": "742da4f66e1823b5b4dbe6c320a1375a1fd85f9e",
    "thenlper/gte-base": "c078288308d8dee004ab72c6191778064285ec0c",
    "thenlper/gte-large": "4bef63f39fcc5e2d6b0aae83089f307af4970164",
    "thenlper/gte-small": "17e1f347d17fe144873b1201da91788898c639cd",
}
