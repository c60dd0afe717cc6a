"""Images from anywhere, with their format found out."""

import base64
import io
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from onevec.azure.models import ImageEmbeddingInput
from onevec.errors import InvalidRequestError
from onevec.images import SIGNATURES, sniff

from .recorder import Reply
from .scenarios import PNG

BEGINNINGS = {
    "png": PNG,
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": b"GIF89a\1\0\1\0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "bmp": b"BM\x46\0\0\0",
    "tiff": b"II*\0\x08\0\0\0",
    "avif": b"\0\0\0\x1cftypavif\0\0\0\0",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0",
}


def load(source, **keywords):
    return ImageEmbeddingInput.load(image_file=source, **keywords).image


def uri(image_format, content=PNG):
    return f"data:image/{image_format};base64,{base64.b64encode(content).decode()}"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sample1.png"
    path.write_bytes(PNG)
    return path


def test_every_format_is_told_by_its_bytes():
    assert BEGINNINGS.keys() == SIGNATURES.keys()
    for name, content in BEGINNINGS.items():
        assert sniff(content) == name
        assert load(content) == uri(name, content)


def test_as_the_how_to_has_it(file):
    image = ImageEmbeddingInput.load(image_file=str(file), image_format="png")
    assert image == {"image": uri("png")}
    image.text = "A cute baby sea otter"
    assert image == {"image": uri("png"), "text": "A cute baby sea otter"}


def test_from_everywhere(file):
    with file.open("rb") as opened:
        assert load(opened) == uri("png")
    assert load(io.BytesIO(PNG)) == uri("png")
    for source in (file, str(file), PNG, bytearray(PNG), memoryview(PNG)):
        assert load(source) == uri("png")
        assert load(source, image_format="PNG") == uri("PNG")


def test_from_the_web(recorder):
    recorder.script(Reply(200, PNG, {"content-type": "text/plain"}))
    image = ImageEmbeddingInput.load(image_file=f"{recorder.url}/a.gif?x=1", text="t")
    assert image == {"image": uri("png"), "text": "t"}
    (request,) = recorder.requests
    assert (request.method, request.path, request.query) == ("GET", "/a.gif", "x=1")
    assert "authorization" not in request.headers


def test_the_web_moves_things(recorder):
    recorder.script(Reply(302, b"", {"location": "/b.png"}), Reply(200, PNG))
    assert load(f"{recorder.url}/a.png") == uri("png")
    assert [request.path for request in recorder.requests] == ["/a.png", "/b.png"]


def test_the_web_has_no_such_image(recorder):
    recorder.script(Reply(404, b"no", {"content-type": "text/plain"}))
    with pytest.raises(HttpResponseError, match="the image answered 404"):
        load(f"{recorder.url}/a.png")


def test_the_web_is_not_there():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ServiceRequestError):
            load(f"http://127.0.0.1:{taken.getsockname()[1]}/a.png")


@pytest.mark.parametrize("where", ["web", "file", "bytes", "open file"])
def test_too_large(where, recorder, file):
    recorder.script(Reply(200, PNG))
    source = {"web": f"{recorder.url}/a.png", "file": file, "bytes": PNG, "open file": io.BytesIO(PNG)}[where]
    with pytest.raises(InvalidRequestError, match="more than 10 bytes"):
        load(source, max_bytes=10)
    assert load(source if where != "open file" else io.BytesIO(PNG), max_bytes=len(PNG)) == uri("png")


@pytest.mark.parametrize(
    ("content", "image_format", "message"),
    [
        (PNG, "jpeg", "image_format is 'jpeg', and image_file is png by its first bytes"),
        (PNG, "svg+xml", "image_file is png"),
        (b"<svg/>", "png", "image_file does not begin as png does"),
        (b"<svg/>", None, "say its image_format"),
        (b"", "png", "image_file is empty"),
        (b"", None, "image_file is empty"),
    ],
)
def test_a_format_that_is_not(content, image_format, message):
    with pytest.raises(InvalidRequestError, match=message) as caught:
        load(content, image_format=image_format)
    assert isinstance(caught.value, ValueError)


def test_a_format_that_bytes_do_not_tell_is_taken_at_its_word():
    assert load(b"<svg/>", image_format="svg+xml") == uri("svg+xml", b"<svg/>")


def test_another_word_for_a_format_is_sent_as_it_is():
    assert load(BEGINNINGS["jpeg"], image_format="jpg") == uri("jpg", BEGINNINGS["jpeg"])


def test_no_such_file():
    with pytest.raises(FileNotFoundError):
        load(Path("/no/such/image.png"))


@pytest.mark.parametrize("source", [3, None, ["a.png"]])
def test_what_is_no_image(source):
    with pytest.raises(InvalidRequestError, match="image_file must be a path"):
        load(source)


@pytest.fixture
def pillow(witness):
    return witness("PIL.Image")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "1"])
def test_images_of_pillow(pillow, mode):
    found = load(pillow.new(mode, (2, 3)))
    head, _, tail = found.partition(",")
    assert head == "data:image/png;base64"
    with pillow.open(io.BytesIO(base64.b64decode(tail))) as again:
        assert again.size == (2, 3)


def test_images_of_pillow_in_another_format(pillow):
    assert load(pillow.new("RGB", (2, 3)), image_format="jpg").startswith("data:image/jpg;base64,/9j/")
    with pytest.raises(InvalidRequestError, match="Pillow cannot write"):
        load(pillow.new("RGBA", (2, 3)), image_format="jpeg")
    with pytest.raises(InvalidRequestError, match="Pillow cannot write"):
        load(pillow.new("RGB", (2, 3)), image_format="nonsense")
