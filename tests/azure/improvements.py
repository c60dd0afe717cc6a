"""Every way in which `onevec.azure` behaves otherwise than `azure.ai.inference` 1.0.0b9.

A difference that is no row here is a fault; `docs/azure.md` has a section for each row, with a before and an after.
"""

IMPROVEMENTS = {
    "errors": "Error bodies are read",
    "bad replies": "A success that is none is a typed error",
    "retries": "Retries",
    "keys": "Keys",
    "endpoints": "Endpoints",
    "images": "Images",
    "chat": "Chat",
}
"""What the same program meets: a word for the scenarios to refer to, and the title of its section."""

ADDITIONS = ("Vectors", "Batches and long texts", "Tracing", "Migrate", "Small print")
"""What only a program that asks for it meets; tests of their own show them."""
