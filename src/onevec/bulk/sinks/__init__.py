"""Outputs of a run, a file each; every one through its own client library."""
