# ruff: noqa: E501 - a row a line
"""`onevec azure migrate`: imports move, chats stay, and nothing else changes."""

import ast
import stat

import pytest

pytest.importorskip("libcst", reason="libcst is not installed (pip install -e '.[witness]')")

from onevec.cli import main
from onevec.cli.migration import IN_TEXT, MOVED, NEW, OLD, SHARED, Left, migrate

EMBEDDINGS_ONLY = "onevec.azure has embeddings only"
CHATS = "the file uses chats as well"

REWRITTEN = {
    "from azure.ai.inference import EmbeddingsClient\n": "from onevec.azure import EmbeddingsClient\n",
    "from azure.ai.inference.aio import EmbeddingsClient as E # x\n": "from onevec.azure.aio import EmbeddingsClient as E # x\n",
    "from azure.ai.inference.models import (\n    EmbeddingInputType,\n    ImageEmbeddingInput,\n)\n":
    "from onevec.azure.models import (\n    EmbeddingInputType,\n    ImageEmbeddingInput,\n)\n",
    "from azure.ai.inference import load_client, models, aio\n": "from onevec.azure import load_client, models, aio\n",
    "from azure.ai.inference.tracing import AIInferenceInstrumentor\n": "from onevec.azure.tracing import AIInferenceInstrumentor\n",
    "from azure.ai import inference\ninference.models.EmbeddingInputType\n":
    "from onevec import azure as inference\ninference.models.EmbeddingInputType\n",
    "from azure.ai import inference as inf\n": "from onevec import azure as inf\n",
    "import azure.ai.inference\nc = azure.ai.inference.EmbeddingsClient(u, k)\n":
    "import onevec.azure\nc = onevec.azure.EmbeddingsClient(u, k)\n",
    "import os, azure.ai.inference.aio as aio\n": "import os, onevec.azure.aio as aio\n",
    "patch('azure.ai.inference.EmbeddingsClient.embed')\n": "patch('onevec.azure.EmbeddingsClient.embed')\n",
    'patch(r"azure.ai.inference.aio.ImageEmbeddingsClient")\n': 'patch(r"onevec.azure.aio.ImageEmbeddingsClient")\n',
    "x = 'größe'\r\nfrom azure.ai.inference import EmbeddingsClient\r\n": "x = 'größe'\r\nfrom onevec.azure import EmbeddingsClient\r\n",
    "if True:\n\ttry:\n\t\tfrom azure.ai.inference import EmbeddingsClient\n\texcept ImportError: pass\n":
    "if True:\n\ttry:\n\t\tfrom onevec.azure import EmbeddingsClient\n\texcept ImportError: pass\n",
}  # fmt: skip

SPLIT = {
    "# above\nfrom azure.ai.inference import ChatCompletionsClient, EmbeddingsClient as E  # end\nx = 1\n":
    "# above\nfrom onevec.azure import EmbeddingsClient as E\nfrom azure.ai.inference import ChatCompletionsClient  # end\nx = 1\n",
    "from azure.ai.inference.models import (\n    UserMessage,  # chat\n    EmbeddingInputType,  # ours\n    ChatRole,\n)\n":
    "from onevec.azure.models import (\n    EmbeddingInputType,  # ours\n)\nfrom azure.ai.inference.models import (\n    UserMessage,  # chat\n    ChatRole,\n)\n",
    "from azure.ai.inference.models import (UserMessage,\n    EmbeddingItem)\n":
    "from onevec.azure.models import (EmbeddingItem)\nfrom azure.ai.inference.models import (UserMessage)\n",
    "if 1: from azure.ai.inference import EmbeddingsClient, ChatCompletionsClient; x = 2\n":
    "if 1: from onevec.azure import EmbeddingsClient; from azure.ai.inference import ChatCompletionsClient; x = 2\n",
    "a = 1; from azure.ai.inference import EmbeddingsClient, ChatCompletionsClient\n":
    "a = 1; from onevec.azure import EmbeddingsClient; from azure.ai.inference import ChatCompletionsClient\n",
}  # fmt: skip

LEFT = {
    "from azure.ai.inference import ChatCompletionsClient\n": [("azure.ai.inference.ChatCompletionsClient", EMBEDDINGS_ONLY)],
    "from azure.ai.inference import *\n": [("azure.ai.inference.*", "import the names that are used")],
    "import azure.ai.inference as i\ni.ChatCompletionsClient\n": [("azure.ai.inference", CHATS)],
    "from azure.ai import inference\ninference.models.UserMessage\n": [("azure.ai.inference", CHATS)],
    "from azure.ai.inference.models import UserMessage\nfrom azure.ai.inference import load_client\n":
    [("azure.ai.inference.models.UserMessage", EMBEDDINGS_ONLY), ("azure.ai.inference.load_client", CHATS)],
    "from azure.ai.inference.models import SystemMessage\nfrom azure.ai.inference.tracing import AIInferenceInstrumentor\n":
    [("azure.ai.inference.models.SystemMessage", EMBEDDINGS_ONLY), ("azure.ai.inference.tracing.AIInferenceInstrumentor", CHATS)],
}  # fmt: skip

UNTOUCHED = [
    "from azure.ai.inference.prompts import PromptTemplate\n",
    "from .azure.ai.inference import EmbeddingsClient\n",
    "from azure.core.credentials import AzureKeyCredential\n",
    "import azure.ai.inferences\nimport azure.ai.ml\nfrom azure.ai import ml\n",
    "x = 'see azure.ai.inference.EmbeddingsClient'\n# azure.ai.inference.EmbeddingsClient\n",
    "patch('azure.ai.inference.ChatCompletionsClient.complete')\n",
]


@pytest.mark.parametrize("source", [*REWRITTEN, *SPLIT])
def test_imports_move(source):
    wanted = (REWRITTEN | SPLIT)[source]
    done = migrate(source.encode())
    assert done.content.decode() == wanted
    assert done.changes > 0
    ast.parse(done.content)
    again = migrate(done.content)
    assert (again.content, again.changes) == (done.content, 0)
    assert bool(done.left) == (source in SPLIT)


@pytest.mark.parametrize("source", LEFT)
def test_chats_stay_and_are_told(source):
    done = migrate(source.encode())
    assert (done.content, done.changes) == (source.encode(), 0)
    assert [(left.name, left.why) for left in done.left] == LEFT[source]


@pytest.mark.parametrize("source", UNTOUCHED)
def test_everything_else_is_nobodys_business(source):
    done = migrate(source.encode())
    assert (done.content, done.changes, done.left) == (source.encode(), 0, ())


def test_the_place_is_named():
    done = migrate(b"import os\n\nfrom azure.ai.inference import (\n  ChatCompletionsClient)\n")
    assert done.left == (Left(3, "azure.ai.inference.ChatCompletionsClient", EMBEDDINGS_ONLY),)


def test_the_encoding_of_a_file_stays():
    source = "# -*- coding: latin-1 -*-\nx = 'gr\xf6\xdfe'\nfrom azure.ai.inference import EmbeddingsClient\n".encode(
        "latin-1"
    )
    assert migrate(source).content == source.replace(b"azure.ai.inference", b"onevec.azure")


def test_all_that_moves_is_there():
    pytest.importorskip("azure.core", reason="azure-core is not installed")
    import importlib

    for tail, names in {tail: MOVED[tail] | SHARED[tail] for tail in MOVED}.items():
        module = importlib.import_module(NEW + tail)
        for name in names - {"aio"}:
            assert hasattr(module, name), (tail, name)
    assert IN_TEXT.fullmatch(f"{OLD}.models.EmbeddingItem")


@pytest.fixture
def run(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["azure", "migrate", *map(str, arguments)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


@pytest.fixture
def code(tmp_path):
    files = {
        "app.py": "from azure.ai.inference import EmbeddingsClient, ChatCompletionsClient\n",
        "sub/more.pyi": "from azure.ai.inference.aio import EmbeddingsClient\n",
        "plain.py": "import os\n",
        "notes.txt": "from azure.ai.inference import EmbeddingsClient\n",
        ".venv/lib/x.py": "from azure.ai.inference import EmbeddingsClient\n",
        "node_modules/x.py": "from azure.ai.inference import EmbeddingsClient\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_a_code_base(run, code):
    (code / "app.py").chmod(0o755)
    status, out, err = run(code)
    assert (status, out) == (0, "")
    assert (code / "app.py").read_text().startswith("from onevec.azure import EmbeddingsClient\n")
    assert stat.S_IMODE((code / "app.py").stat().st_mode) == 0o755
    assert (code / "sub/more.pyi").read_text() == "from onevec.azure.aio import EmbeddingsClient\n"
    for name in ("notes.txt", ".venv/lib/x.py", "node_modules/x.py"):
        assert "azure.ai.inference" in (code / name).read_text()
    assert f"{code}/app.py:1: left azure.ai.inference.ChatCompletionsClient: {EMBEDDINGS_ONLY}" in err
    assert "changed 2 files, then: pip install 'onevec[azure]'" in err
    assert sorted(path.name for path in code.iterdir()) == [
        ".venv",
        "app.py",
        "node_modules",
        "notes.txt",
        "plain.py",
        "sub",
    ]


def test_looking_first_changes_nothing(run, code):
    before = (code / "app.py").read_bytes()
    status, out, err = run("--diff", code)
    assert status == 0
    assert "-from azure.ai.inference import EmbeddingsClient, ChatCompletionsClient\n+from onevec.azure" in out
    assert "would change 2 files" in err
    assert (code / "app.py").read_bytes() == before


def test_a_file_that_is_no_python(run, code):
    (code / "bad.py").write_text("from azure.ai.inference import (\n")
    status, _, err = run(code)
    assert status == 1
    assert f"{code}/bad.py: left: it cannot be read as Python" in err
    assert (code / "app.py").read_text().startswith("from onevec.azure")


def test_a_file_named_twice_is_changed_once(run, code):
    assert "changed 1 file," in run(code / "app.py", code / "app.py")[2]
    assert run(code / "app.py")[2].splitlines()[-1] == "changed 0 files"


def test_a_link_stays_one(run, tmp_path):
    file, link = tmp_path / "other" / "real.py", tmp_path / "link.py"
    file.parent.mkdir()
    file.write_text("from azure.ai.inference import EmbeddingsClient\n")
    link.symlink_to(file)
    assert run(link)[0] == 0
    assert link.is_symlink()
    assert file.read_text() == "from onevec.azure import EmbeddingsClient\n"


def test_a_path_that_is_not_there(run, tmp_path):
    status, _, err = run(tmp_path / "none")
    assert status == 2
    assert "none" in err
