"""LangChain's own tests for integrations, over ours; left out where `langchain-tests` is not installed."""

from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from onevec.integrations.langchain import OnevecEmbeddings


class TestUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self):
        return OnevecEmbeddings

    @property
    def init_from_env_params(self):
        remote = {"model": "openai:text-embedding-3-small"}
        return {"OPENAI_API_KEY": "key-of-the-test"}, remote, {}


class TestIntegration(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self):
        return OnevecEmbeddings
