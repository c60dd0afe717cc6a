"""Onevec inside other frameworks: a file for each, every one the same model with the same arguments.

============================  ===========================================================  =================
module                        what is there                                                extra
============================  ===========================================================  =================
``langchain``                 ``OnevecEmbeddings``                                         ``langchain``
``llama_index``               ``OnevecEmbedding``                                          ``llama-index``
``haystack``                  ``OnevecTextEmbedder``, ``OnevecDocumentEmbedder``           ``haystack``
``chroma``                    ``OnevecEmbeddingFunction``                                  ``chroma``
``lancedb``                   ``OnevecFunction``, the row ``onevec`` of its registry       ``lance``
``dspy``                      ``OnevecEmbedder``, a callable for ``dspy.Embedder``         ``dspy``
``sentence_transformers``     ``OnevecEncoder``, with ``encode`` and ``similarity``        none
``mteb``                      ``OnevecModel``, which MTEB evaluates                        ``mteb``
============================  ===========================================================  =================
"""
