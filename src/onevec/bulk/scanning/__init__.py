"""Searching files, which have no index: every vector is looked at, a block at a time."""
