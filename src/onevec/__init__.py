"""One embeddings API for text and images: every provider, your own machine, any client."""

__version__ = "0.1.0"
