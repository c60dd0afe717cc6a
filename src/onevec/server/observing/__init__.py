"""What is told of requests: figures, a line in the log, spans."""
