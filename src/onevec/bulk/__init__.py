"""Datasets: every row of one embedded exactly once, in shards, and found again."""
