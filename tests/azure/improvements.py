"""IMPROVEMENTS: every way in which `onevec.azure` behaves otherwise than `azure.ai.inference` 1.0.0b9, and why.

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
"""A word to refer to each by, and the title of its section in the documentation."""
