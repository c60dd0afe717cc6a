"""Embedders round an embedder: what a deployment adds to a model."""
