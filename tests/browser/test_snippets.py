"""Snippets: every program is run for real, and what reaches the server is what the page's own request brings there."""

import base64
import io
import itertools
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from onevec.gateway import Keyring, KeysFile, parse
from onevec.images import ImageInput
from onevec.testing import FakeEmbedder
from onevec.types import Encoding

from ..conftest import skip
from ..server.conftest import Fakes, running
from .programs import LANGUAGES, run

DIMENSIONS = 40
TOML = '[server]\nport = 0\n[deployments.small]\nmodel = "local:fake"\n'
VERSION = "?api-version=2024-05-01-preview"

LISTED = """async () => (await import("/playground/code/snippets.js")).LANGUAGES.map(({ id }) => id)"""

NASTY = [
    'a "cat" isn\'t `ls` $(id) $HOME ${HOME} %s {name} {{x}} \\n \\u0041 \\',
    "two\nlines\r\nand\ttabs\n",
    "</script><!-- <script> JSON",
    "JSON",
    "'''\"\"\"",
    "é 漢字 👩‍👩‍👧 \u202e\u2028\u2029\u0085\ufeff\x7f",
    "NUL \0 and BEL \a",
    " ",
]


@pytest.fixture(params=LANGUAGES)
def language(request, witness):
    """Each language in which a program can be run here."""
    row = LANGUAGES[request.param]
    witness(row.module)
    for program in (row.program, *(("curl", "python3") if request.param == "curl" else ())):
        if shutil.which(program) is None:
            skip(program, f"{program} is not installed")
    return request.param


@pytest.fixture(scope="module")
def fake():
    return FakeEmbedder(DIMENSIONS)


@pytest.fixture(scope="module")
def server(fake):
    """A server that notes what it embeds."""
    with running(parse(TOML), Fakes({"fake": fake})) as started:
        yield started


@pytest.fixture(scope="module")
def write(browser, server):
    """From requests to programs, by the module that the server hands out."""
    page = browser.new_page()
    page.goto(f"{server.url}/playground/code/snippets.js")

    def written(language, requests):
        script = """async ([language, requests]) => {
            const { snippet } = await import("/playground/code/snippets.js");
            return requests.map((one) => snippet(language, one));
        }"""
        return page.evaluate(script, [language, requests])

    written.page = page
    yield written
    page.close()


def asked(server, body, path="/embeddings", *, authenticated=False, files=()):
    body = {"input": body} if isinstance(body, list) else body
    whole = {"model": "small"} | body
    return {"path": path, "base": server.url, "body": whole, "authenticated": authenticated, "files": list(files)}


def sent_by_page(server, fake, request):
    """What reaches the server from the page itself: its inputs, and how they are embedded."""
    before = len(fake.requests)
    reply = server.post(request["path"] + VERSION, request["body"])
    assert reply.status == 200, reply.body
    (found,) = fake.requests[before:]
    return found


def alike(found):
    """A request as vectors know it: how floats travel changes none."""
    floats = found.encoding in (None, Encoding.FLOAT, Encoding.BASE64)
    return replace(found, encoding=None if floats else found.encoding)


def whole(found):
    """Requests as one: what a client sends in several, in whatever order."""
    inputs = [one for request in found for one in request.inputs]
    if isinstance(inputs[0], ImageInput):
        inputs.sort(key=lambda one: (one.content, one.text or ""))
    (how,) = {(one.model, one.dimensions, one.input_type, alike(one).encoding, one.overflow) for one in found}
    return inputs, how


def said(line):
    """The two figures of a program's line: vectors, and the dimensions, or bits, of one."""
    count, size = re.fullmatch(r"vectors: (\d+), (?:dimensions|bits): (\d+)", line).groups()
    return int(count), int(size)


def test_every_option_arrives(language, server, fake, write, tmp_path):
    values = {
        "dimensions": [None, 8],
        "encoding_format": [None, *Encoding],
        "input_type": [None, "text", "query", "document"],
    }
    chosen = [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]
    bodies = [{"input": ["a cat", "a dog"]} | {k: v for k, v in one.items() if v is not None} for one in chosen]
    requests = [asked(server, body) for body in bodies]
    expected = [sent_by_page(server, fake, one) for one in requests]
    before = len(fake.requests)
    lines = run(language, write(language, requests), tmp_path)
    assert list(map(alike, fake.requests[before:])) == list(map(alike, expected))
    for body, line in zip(bodies, lines, strict=True):
        assert said(line) == (2, body.get("dimensions", DIMENSIONS))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=60))
def test_any_text_arrives_as_it_is(language, server, fake, write, tmp_path, texts):
    request = asked(server, NASTY + texts)
    before = len(fake.requests)
    (line,) = run(language, write(language, [request]), tmp_path)
    inputs, _ = whole(fake.requests[before:])
    assert inputs == NASTY + texts
    assert said(line) == (len(inputs), DIMENSIONS)


def picture(seed, size):
    noise = np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def url(content):
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def test_images_arrive_from_files_and_from_the_program_itself(language, server, fake, write, tmp_path):
    large, larger, small = picture(0, 40), picture(1, 50), picture(2, 4)
    name = 'a $cat\'s "own" `pic`: é.png'
    (tmp_path / name).write_bytes(large)
    (tmp_path / "image-2.png").write_bytes(larger)
    pairs = [{"image": url(large)}, {"image": url(larger), "text": NASTY[0]}, {"image": url(small), "text": NASTY[2]}]
    bodies = [
        {"input": pairs},
        {"input": pairs, "encoding_format": "base64", "dimensions": 8},
        {"input": pairs, "encoding_format": "ubinary", "input_type": "query"},
    ]
    for body in bodies:
        request = asked(server, body, "/images/embeddings", files=[name, None, "unused.png"])
        expected = sent_by_page(server, fake, request)
        before = len(fake.requests)
        (program,) = write(language, [request])
        (line,) = run(language, [program], tmp_path)
        assert whole(fake.requests[before:]) == whole([expected])
        assert said(line) == (3, body.get("dimensions", DIMENSIONS))
        assert url(small) in program
        assert url(large) not in program


def test_files_of_one_name_are_told_apart(server, write):
    one, other = url(picture(0, 40)), url(picture(1, 40))
    body = {"input": [{"image": one}, {"image": other}, {"image": one}]}
    (program,) = write("onevec", [asked(server, body, "/images/embeddings", files=["image.png"] * 3)])
    assert re.findall(r'ImageInput\("(.*)"\)', program) == ["image.png", "2-image.png", "image.png"]


def test_a_key_comes_from_the_environment(language, write, tmp_path):
    ring, key = Keyring().with_new("anna", "2026-11-20T10:00:00+00:00")
    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring = ring
    locked = parse(f'{TOML}[auth]\nkeys = "keys.json"\n', str(tmp_path / "onevec.toml"))
    with running(locked, Fakes({"fake": FakeEmbedder(DIMENSIONS)})) as server:
        image = {"input": [{"image": url(picture(0, 4))}]}
        requests = [
            asked(server, ["a cat"], authenticated=True),
            asked(server, image, "/images/embeddings", authenticated=True),
        ]
        programs = write(language, requests)
        assert not any(key in program for program in programs)
        lines = run(language, programs, tmp_path, ONEVEC_API_KEY=key)
        assert list(map(said, lines)) == [(1, DIMENSIONS)] * 2
        with pytest.raises(AssertionError, match=r"(?i)key"):
            run(language, programs[:1], tmp_path, ONEVEC_API_KEY="onevec_nobody_0")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"path": "/v1/embeddings"}, "path /v1/embeddings: there are /embeddings, /images/embeddings"),
        ({"body": {"input": ["a"], "user": "me"}}, "body.user: a snippet has only input, model"),
        ({"path": "/images/embeddings", "body": {"input": [{"image": "https://host/a.png"}]}}, "body.input[0].image"),
    ],
)
def test_what_no_snippet_can_hold_is_an_error(change, fault, server, write):
    with pytest.raises(Exception, match="Error") as raised:
        write("curl", [asked(server, ["a"]) | change])
    assert fault in str(raised.value)


def test_every_language_is_run_here(write):
    assert write.page.evaluate(LISTED) == list(LANGUAGES)


def test_an_unknown_language_is_an_error_that_lists_the_known(server, write):
    with pytest.raises(Exception, match=f"RangeError: language cobol: there are {', '.join(LANGUAGES)}"):
        write("cobol", [asked(server, ["a"])])


def test_without_a_model_a_placeholder_says_where_one_goes(server, write):
    request = asked(server, ["a"])
    del request["body"]["model"]
    assert all("MODEL" in write(language, [request])[0] for language in LANGUAGES)
