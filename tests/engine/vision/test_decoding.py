"""From bytes to RGB: as Pillow and transformers convert, upright, and nothing that means harm."""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from onevec.engine.vision.decoding import READERS, Decoder
from onevec.engine.vision.orientation import TURNS, orientation
from onevec.errors import InvalidRequestError
from onevec.images import ImageInput

from .hostile import encoded, picture

DECODER = Decoder(36_000_000)


def decode(content, decoder=DECODER):
    return decoder.decode(ImageInput(content), 0)


def exif(value, order="<"):
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    return b"Exif\0\0" + mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1")),
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        *(("GIF", mode) for mode in ("RGB", "RGBA", "L", "P", "1")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA", "L", "P")),
        *(("BMP", mode) for mode in ("RGB", "RGBA", "L", "P", "1")),
    ],
)
def test_every_mode_becomes_what_pillow_makes_of_it(kind, mode):
    content = encoded(kind, picture().convert(mode))
    with Image.open(io.BytesIO(content)) as reference:
        assert (np.asarray(decode(content)) == np.asarray(reference.convert("RGB"))).all()


def test_a_palette_with_transparency_of_its_own():
    image = picture().convert("P")
    content = encoded("PNG", image, transparency=bytes(range(256)))
    assert (np.asarray(decode(content)) == np.asarray(image.convert("RGB"))).all()


def test_grey_of_16_bits_keeps_its_upper_8():
    grey = np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32)
    assert (np.asarray(decode(encoded("PNG", Image.fromarray(grey))))[..., 1] == grey >> 8).all()


def test_of_an_animation_the_first_picture():
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    for kind in ("GIF", "WEBP", "PNG"):
        content = encoded(kind, first, save_all=True, append_images=[second])
        assert np.asarray(decode(content)).reshape(-1, 3).mean(axis=0) == pytest.approx([255, 0, 0], abs=2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("value", range(9))
def test_pictures_are_put_upright(kind, order, value):
    content = encoded(kind, picture(), exif=exif(value, order))
    with Image.open(io.BytesIO(content)) as lying:
        turn = TURNS.get(value)
        reference = lying.convert("RGB") if turn is None else lying.convert("RGB").transpose(turn)
    assert (np.asarray(decode(content)) == np.asarray(reference)).all()


def test_all_turns_agree_with_pillows_own():
    from PIL import ImageOps

    for value in range(1, 9):
        content = encoded("PNG", picture(), exif=exif(value))
        with Image.open(io.BytesIO(content)) as lying:
            assert (np.asarray(decode(content)) == np.asarray(ImageOps.exif_transpose(lying))).all()


@pytest.mark.parametrize("cut", range(0, 33, 3))
def test_exif_that_is_cut_off_tells_nothing(cut):
    assert orientation(exif(6)[:cut] if cut < 26 else b"Exif\0\0XX*\0") == 1
    assert decode(encoded("JPEG", picture(), exif=exif(6)[: max(cut, 10)])).size


def test_corrupt_exif_spoils_no_picture_and_warns_of_nothing():
    noise = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x1a\x01\5\0\xff\xff\xff\xff\xff\xff\xff\xff" * 9
    assert decode(encoded("JPEG", picture(), exif=noise)).size == picture().size


def test_a_picture_that_is_too_large_names_its_place_and_the_remedy():
    decoder = Decoder(1199)
    with pytest.raises(InvalidRequestError, match=r"inputs\[3\] has 40 x 30 pixels.*1199.*max_image_pixels") as caught:
        decoder.decode(ImageInput(encoded("PNG")), 3)
    assert (caught.value.loc, caught.value.code) == (("inputs", 3), "invalid_image")
    assert Decoder(1200).decode(ImageInput(encoded("PNG")), 3).size == (40, 30)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGBA", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("WEBP", "RGB", {}),
        ("PNG", "RGB", {"exif": exif(6)}),
    ],
)
def test_what_takes_more_memory_may_have_fewer_pixels(kind, mode, options):
    content = encoded(kind, picture().convert(mode), **options)
    with pytest.raises(InvalidRequestError, match="of its kind"):
        decode(content, Decoder(1200))
    assert decode(content, Decoder(4 * 1200))


def test_formats_that_are_known_and_not_decoded():
    with pytest.raises(InvalidRequestError, match=r"is a TIFF.*convert it to PNG, JPEG"):
        decode(encoded("TIFF"))
    assert set(READERS) == {"png", "jpeg", "webp", "gif", "bmp"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
def test_200_hostile_images_cost_little_and_are_refused():
    program = Path(__file__).with_name("hostile.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", program], capture_output=True, text=True, check=True, timeout=60
    )
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(outcomes) >= 200
    assert {one["outcome"] for one in outcomes} == {"InvalidRequestError"}
    assert max(outcomes, key=lambda one: one["seconds"])["seconds"] <= 1
    assert outcomes[-1]["grown"] <= 200 * 1024
    assert not done.stderr
