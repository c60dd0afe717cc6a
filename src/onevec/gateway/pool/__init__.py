"""Several targets behind one embedder."""
