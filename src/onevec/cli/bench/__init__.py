"""`onevec bench`: how fast a local model is on this machine, by length, batch size and threads."""
