"""Questions of users, answered from our own docs through each framework's own splitter and store."""

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeAlias

import pytest

from .questions import QUESTIONS

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
}
NEAREST, ENOUGH = 3, 0.85

Search: TypeAlias = Callable[[str], list[str]]
"""From a question to the pages of the nearest sections."""


def langchain() -> Search:
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import MarkdownHeaderTextSplitter

    from onevec.integrations.langchain import OnevecEmbeddings

    headings = [("#", "title"), ("##", "section"), ("###", "part")]
    splitter = MarkdownHeaderTextSplitter(headings, strip_headers=False)
    sections = []
    for page, text in PAGES.items():
        for section in splitter.split_text(text):
            section.metadata["page"] = page
            sections.append(section)
    store = InMemoryVectorStore.from_documents(sections, OnevecEmbeddings(overflow="chunk"))
    return lambda question: [one.metadata["page"] for one in store.similarity_search(question, k=NEAREST)]


def llama_index() -> Search:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import MarkdownNodeParser

    from onevec.integrations.llama_index import OnevecEmbedding

    documents = [Document(text=text, metadata={"page": page}) for page, text in PAGES.items()]
    index = VectorStoreIndex.from_documents(
        documents, embed_model=OnevecEmbedding(overflow="chunk"), transformations=[MarkdownNodeParser()]
    )
    retriever = index.as_retriever(similarity_top_k=NEAREST)
    return lambda question: [one.metadata["page"] for one in retriever.retrieve(question)]


def haystack() -> Search:
    from haystack import Document
    from haystack.components.preprocessors import MarkdownHeaderSplitter
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    from onevec.integrations.haystack import OnevecDocumentEmbedder, OnevecTextEmbedder

    documents = [Document(content=text, meta={"page": page}) for page, text in PAGES.items()]
    sections = MarkdownHeaderSplitter().run(documents)["documents"]
    store, asked = InMemoryDocumentStore(embedding_similarity_function="cosine"), OnevecTextEmbedder()
    store.write_documents(OnevecDocumentEmbedder(overflow="chunk").run(sections)["documents"])
    retriever = InMemoryEmbeddingRetriever(store, top_k=NEAREST)
    return lambda question: [one.meta["page"] for one in retriever.run(asked.run(question)["embedding"])["documents"]]


@pytest.mark.parametrize(
    ("build", "needs"),
    [
        (langchain, ["langchain_core", "langchain_text_splitters"]),
        (llama_index, ["llama_index.core"]),
        (haystack, ["haystack"]),
    ],
    ids=["langchain", "llama_index", "haystack"],
)
def test_the_right_page_is_among_the_first(witness, build, needs):
    for name in needs:
        witness(name)
    search = build()
    found = {question: search(question) for question in QUESTIONS}
    misses = {
        question: pages
        for question, pages in found.items()
        if not any(fnmatch(page, right) for page in pages for right in QUESTIONS[question])
    }
    told = "\n".join(f"{question}\n    {', '.join(pages)}" for question, pages in misses.items())
    assert len(misses) <= len(QUESTIONS) * (1 - ENOUGH), f"{len(misses)} of {len(QUESTIONS)} questions missed:\n{told}"


def test_every_question_has_a_page_that_is_there():
    for question, patterns in QUESTIONS.items():
        assert any(fnmatch(page, right) for page in PAGES for right in patterns), question
