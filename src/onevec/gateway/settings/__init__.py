"""The configuration: what may stand in the file, how it is read, what it must keep, where a fault is."""
