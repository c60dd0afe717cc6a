import re
import subprocess
import sys

import pytest

from onevec.credentials import SOURCES, renewable
from onevec.providers import PROVIDERS, Credential
from onevec.testing import FakeProvider

WITHOUT = """
import sys
from onevec.credentials import renewable
from onevec.errors import MissingApiKeyError
from onevec.providers import PROVIDERS, resolve_key
from onevec.testing import FakeProvider

class Hidden:
    def find_spec(name, *_):
        if name == "{hidden}":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden)
row = PROVIDERS["{name}"]
try:
    renewable(row, resolve_key(row, None, {{}}), FakeProvider())
except MissingApiKeyError as exc:
    print(exc)
"""


@pytest.mark.parametrize("name", ["bedrock", "sagemaker", "vertexai"])
@pytest.mark.parametrize("parent", [True, False])
def test_without_the_library_the_extra_is_named(name, parent):
    source = SOURCES[PROVIDERS[name].source]
    hidden = source.library.partition(".")[0] if parent else source.library
    program = WITHOUT.format(hidden=hidden, name=name)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert re.match(rf"{name} needs a key: .*set .*; .* pip install 'onevec\[{source.extra}\]'", done.stdout)


def test_every_source_of_a_row_is_there():
    named = {row.source for row in PROVIDERS.values()} - {None}
    assert named == set(SOURCES)


def test_a_key_at_hand_is_not_fetched():
    assert renewable(PROVIDERS["openai"], Credential("k"), FakeProvider()) is None
