"""What `benchmarks/engine.py` measures: texts, models, and the libraries, each in a process of its own."""
