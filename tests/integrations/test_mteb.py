"""MTEB's own evaluation over ours, of tasks made here of a few texts; needs the extra `mteb`, which brings torch."""

import numpy as np
import pytest

from onevec import embedding
from onevec.testing import FakeEmbedder, FakeProvider

CORPUS = {
    "otters": "Otters sleep on their backs and hold hands so that they do not drift apart.",
    "bread": "Bread is made of flour, water, salt and yeast, and baked in an oven.",
    "submarines": "A submarine dives by letting water into its tanks.",
    "vectors": "An embedding is a list of numbers that stands for the meaning of a text.",
    "tides": "The moon pulls at the sea, so that water rises and falls twice a day.",
    "empty": "",
}

QUERIES = {
    "otters": "how do otters rest at night",
    "bread": "what ingredients do bakers need",
    "submarines": "how does a boat go under water",
    "vectors": "what are text embeddings",
    "tides": "why is there ebb and flood",
}

PAIRS = [
    ("a cat sits on a mat", "a cat is sitting on a rug", 5.0),
    ("a man plays a guitar", "somebody plays an instrument", 3.5),
    ("a plane is taking off", "an aircraft departs", 4.5),
    ("a woman slices an onion", "the stock market fell today", 0.0),
    ("a dog runs in the park", "the theory of relativity", 0.2),
]

METADATA = {
    "description": "Texts of onevec's tests.",
    "reference": None,
    "dataset": {"path": "onevec/local", "revision": "1"},
    "category": "t2t",
    "modalities": ["text"],
    "eval_splits": ["test"],
    "eval_langs": ["eng-Latn"],
    "date": None,
    "domains": None,
    "task_subtypes": None,
    "license": None,
    "annotations_creators": None,
    "dialect": None,
    "sample_creation": None,
    "bibtex_citation": None,
}


@pytest.fixture
def mteb(optional):
    return optional("mteb", "mteb")


@pytest.fixture
def model(mteb):
    from onevec.integrations.mteb import OnevecModel

    return OnevecModel


@pytest.fixture
def retrieval(mteb):
    from datasets import Dataset
    from mteb.abstasks.retrieval import AbsTaskRetrieval
    from mteb.abstasks.task_metadata import TaskMetadata

    class LocalRetrieval(AbsTaskRetrieval):
        metadata = TaskMetadata(name="LocalRetrieval", type="Retrieval", main_score="ndcg_at_10", **METADATA)

        def load_data(self, num_proc=None, **kwargs):
            split = {
                "corpus": Dataset.from_list([{"id": i, "title": "", "text": text} for i, text in CORPUS.items()]),
                "queries": Dataset.from_list([{"id": i, "text": text} for i, text in QUERIES.items()]),
                "relevant_docs": {i: {i: 1} for i in QUERIES},
                "top_ranked": None,
            }
            self.dataset, self.data_loaded = {"default": {"test": split}}, True

    return LocalRetrieval()


@pytest.fixture
def similarity(mteb):
    from datasets import Dataset, DatasetDict
    from mteb.abstasks.sts import AbsTaskSTS
    from mteb.abstasks.task_metadata import TaskMetadata

    class LocalSimilarity(AbsTaskSTS):
        metadata = TaskMetadata(name="LocalSimilarity", type="STS", main_score="cosine_spearman", **METADATA)
        min_score, max_score = 0, 5

        def load_data(self, num_proc=None, **kwargs):
            rows = [{"sentence1": one, "sentence2": other, "score": score} for one, other, score in PAIRS]
            self.dataset, self.data_loaded = DatasetDict({"test": Dataset.from_list(rows)}), True

    return LocalSimilarity()


def test_it_is_an_encoder_of_mteb_that_says_who_it_is(mteb, model):
    from mteb.models import EncoderProtocol

    ours = model()
    meta = ours.mteb_model_meta
    assert isinstance(ours, EncoderProtocol)
    assert (meta.name, meta.embed_dim, meta.max_tokens) == ("onevec/all-minilm-l6-v2", 384, 256)
    assert meta.revision == "all-minilm-l6-v2-sha256-53aa51172d14-384-mean-normalized"


@pytest.mark.filterwarnings("default")  # MTEB's and torch's own
def test_mteb_evaluates_it_offline(mteb, model, retrieval, similarity):
    results = mteb.evaluate(model(), [retrieval, similarity], cache=None, show_progress_bar=False)
    scores = {one.task_name: one.get_score() for one in results.task_results}
    assert scores["LocalRetrieval"] == pytest.approx(1.0)
    assert scores["LocalSimilarity"] > 0.85


def test_batches_are_one_array_in_order(model):
    found = model().encode([{"text": ["a cat", "a dog"]}, {"text": ["a submarine"]}])
    np.testing.assert_allclose(
        found, embedding("local:all-minilm-l6-v2", ["a cat", "a dog", "a submarine"]).vectors, atol=1e-3
    )


def test_queries_and_documents_are_told_apart(mteb, model):
    from mteb.types import PromptType

    provider = FakeProvider("cohere", FakeEmbedder(1536))
    ours = model("cohere:embed-v4.0", api_key="key-of-the-test", client_args={"transport": provider})
    assert provider.requests == []
    for prompt_type in (PromptType.query, PromptType.document, None):
        ours.encode([{"text": ["a"]}], prompt_type=prompt_type)
    assert [b"search_query" in sent.body for sent in provider.requests] == [True, False, False]
    assert b"search_document" in provider.requests[1].body


def test_images_are_encoded_alone(model):
    from PIL import Image

    ours = model("local:gist")
    found = ours.encode([{"image": [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]}])
    assert found.shape == (2, ours.space.dimensions)
    assert ours.mteb_model_meta.modalities == ["image"]
