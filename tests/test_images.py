"""ImageInput: the same value from wherever an image comes, and a clear error of what is none."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from onevec.errors import InvalidRequestError, UnsupportedModalityError
from onevec.images import MAX_IMAGE_BYTES, SIGNATURES, ImageInput, LinkedImage, sniff
from onevec.requests import check_modalities, embed_request, text_inputs
from onevec.types import EmbedRequest, Modality, modality

PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def encoded(image_format, pixels=PIXELS):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format)
    return buffer.getvalue()


@pytest.mark.parametrize("image_format", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_what_pillow_writes_is_told_by_its_bytes(image_format):
    assert sniff(encoded(image_format)) == image_format


def test_the_same_from_everywhere(tmp_path):
    content = encoded("png")
    path = tmp_path / "a.jpg"  # the name says nothing
    path.write_bytes(content)
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    sources = [path, str(path), content, bytearray(content), memoryview(content), url, url.replace("data", "DATA")]
    images = {ImageInput(source, "a text") for source in sources}
    assert images == {ImageInput(content, "a text")}
    (image,) = images
    assert (image.content, image.format, image.media_type, image.data_url) == (content, "png", "image/png", url)
    assert ImageInput.from_data_url(image.data_url, "a text") == image


@pytest.mark.parametrize("pixels", [PIXELS, PIXELS[..., 0], np.concatenate([PIXELS, PIXELS[..., :1]], axis=-1)])
def test_arrays_and_pictures_lose_nothing(pixels):
    for source in (pixels, Image.fromarray(pixels)):
        assert (np.asarray(Image.open(io.BytesIO(ImageInput(source).content))) == pixels).all()


@pytest.mark.parametrize("mode", ["CMYK", "P", "LA", "1", "I;16", "YCbCr"])
def test_pictures_of_every_mode(mode):
    assert ImageInput(Image.new(mode, (3, 2))).format == "png"


def test_a_representation_without_the_bytes():
    assert repr(ImageInput(encoded("png"), "otter")).endswith("bytes>, text='otter')")
    assert "PNG" not in repr(ImageInput(encoded("png")))


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "by its first bytes"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MAX_IMAGE_BYTES), "make it smaller"),
        ("https://example.com/a.png", "download it"),
        ("data:image/png,abc", "data URL"),
        ("data:image/png;base64,***", "base64"),
        ("data:image/png;base64," + base64.b64encode(b"GIF89a").decode(), "correct the media type"),
        ("data:text/html;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(), "correct the media type"),
        ("data:image/png;base64,", "empty"),
        (None, "not None"),
        (3, "not int"),
        (np.zeros((2, 2)), "uint8"),
        (np.zeros((2, 2, 7), np.uint8), "uint8"),
        (np.zeros((0, 2), np.uint8), "uint8"),
        (Image.new("F", (2, 2)), "Pillow cannot write"),
    ],
)
def test_what_is_no_image(source, part):
    with pytest.raises(InvalidRequestError, match=part) as caught:
        ImageInput(source)
    assert caught.value.param == "image"


def test_media_types_by_other_names():
    content = base64.b64encode(encoded("jpeg")).decode()
    assert ImageInput(f"data:image/jpg;charset=x;base64,{content}").format == "jpeg"


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(FileNotFoundError):
        ImageInput(tmp_path / "none.png")
    for text in ("", 3):
        with pytest.raises(InvalidRequestError) as caught:
            ImageInput(encoded("png"), text)
        assert caught.value.param == "text"


def test_data_urls_of_others_never_name_files(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded("png"))
    with pytest.raises(InvalidRequestError):
        ImageInput.from_data_url(str(path))


def test_every_signature_has_a_format():
    assert all(sniff(bytes(at) + mark) == name for name, marks in SIGNATURES.items() for at, mark in marks)


def test_images_among_the_inputs():
    image = ImageInput(encoded("png"))
    assert embed_request("m", image).inputs == (image,)
    assert embed_request("m", [image, "text"]).inputs == (image, "text")
    pair, linked = ImageInput(encoded("png"), "otter"), LinkedImage("https://example.com/a.png")
    kinds = [modality(one) for one in (image, pair, linked, "text", (1, 2))]
    assert kinds == [Modality.IMAGE, Modality.PAIR, Modality.IMAGE, Modality.TEXT, Modality.TEXT]


def test_a_modality_that_nobody_has_here():
    request = EmbedRequest("m", ("text", ImageInput(encoded("png"))))
    check_modalities(request, frozenset(Modality), "this model")
    with pytest.raises(UnsupportedModalityError, match=r"inputs\[1\].* embeds texts;") as caught:
        text_inputs(request, "this model")
    assert (caught.value.status, caught.value.loc, caught.value.value) == (404, ("inputs", 1), "image")
