"""What users ask, and the pages of the docs that answer it: patterns, since pages come and go."""

QUESTIONS: dict[str, tuple[str, ...]] = {
    "How do I embed a large parquet file without losing rows when the job is killed?": (
        "docs/bulk.md", "docs/reliability.md", "docs/howto/*bulk*", "docs/howto/*dataset*", "docs/howto/*rows*",
    ),
    "Which image models can I use, such as CLIP or SigLIP?": ("docs/images.md", "docs/models.md", "docs/howto/*image*"),
    "How do I migrate from the azure.ai.inference package?": ("docs/azure.md", "docs/migrate/*azure*"),
    "Can a fallback answer with vectors from another vector space?": (
        "docs/gateway.md", "docs/reliability.md", "docs/howto/*space*", "docs/howto/*fallback*",
    ),
    "How do I store embeddings in PostgreSQL with pgvector?": (
        "docs/stores.md", "docs/bulk.md", "docs/howto/*pgvector*", "docs/howto/*postgres*", "docs/howto/*store*",
    ),
    "How do I set a budget or rate limit for each API key?": (
        "docs/gateway.md", "docs/howto/*budget*", "docs/howto/*limit*", "docs/howto/*key*",
    ),
    "What happens to a text that is longer than the model reads?": (
        "docs/function.md", "docs/azure.md", "docs/howto/*long*", "docs/howto/*chunk*",
    ),
    "Which environment variable holds the API key of Cohere?": ("docs/providers.md", "docs/howto/*provider*"),
    "How fast is the local engine on a CPU compared with sentence-transformers?": (
        "docs/engine.md", "README.md", "docs/migrate/*sentence*",
    ),
    "Are pickle files or remote code of a model ever executed?": ("docs/security.md", "docs/function.md"),
    "How do I start the server with a configuration file?": (
        "docs/server.md", "docs/gateway.md", "docs/howto/*serve*", "docs/getting-started*",
    ),
    "How do I search an output for the rows nearest to a query?": (
        "docs/stores.md", "docs/bulk.md", "README.md", "docs/howto/*search*",
    ),
    "Why was pyreqwest chosen and not httpx or aiohttp?": ("docs/dependencies.md",),
    "How are int8 and binary embeddings encoded?": ("docs/function.md", "docs/howto/*encoding*", "docs/azure.md"),
    "How do I cache embeddings in Redis?": ("docs/gateway.md", "docs/howto/*cache*"),
    "How do I run it on a Ray cluster?": ("docs/bulk.md", "docs/gateway.md", "docs/howto/*ray*"),
    "Which requests are tried again after a rate limit or a timeout?": (
        "docs/reliability.md", "docs/azure.md", "docs/function.md", "docs/gateway.md", "docs/howto/*retr*",
    ),
    "How can I test my own program without a network or an API key?": (
        "docs/function.md", "docs/howto/*test*", "docs/getting-started*",
    ),
    "Which Prometheus metrics does the server export?": ("docs/server.md", "docs/gateway.md", "docs/howto/*metric*"),
    "How do I use a graphics card for local models?": ("docs/engine.md", "docs/function.md", "docs/howto/*gpu*"),
}  # fmt: skip
