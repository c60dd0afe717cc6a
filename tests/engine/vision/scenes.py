"""Generated pictures: 50 scenes of five kinds, and what becomes of pictures on their way."""

import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = WIDTH, HEIGHT = (320, 240)


def scene(seed):
    """A horizon, and on it houses, hills, trees, balls or triangles, with grain."""
    random = np.random.default_rng(seed)
    horizon = random.uniform(0.3, 0.7) * HEIGHT
    sky, ground = random.integers(60, 256, 3), random.integers(20, 200, 3)
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    above = np.arange(HEIGHT)[:, None, None] < horizon
    base = np.where(above, sky * (0.6 + 0.4 * down), ground * (1.1 - 0.5 * down)) * np.ones((HEIGHT, WIDTH, 1))
    picture = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    KINDS[seed % len(KINDS)](ImageDraw.Draw(picture), random, horizon)
    grain = random.normal(0, random.uniform(1, 10), (HEIGHT, WIDTH, 1))
    grained = np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(grained).filter(ImageFilter.GaussianBlur(0.6))


def colour(random):
    return tuple(int(channel) for channel in random.integers(0, 256, 3))


def houses(draw, random, horizon):
    for _ in range(random.integers(3, 9)):
        x, wide, high, paint = random.uniform(0, WIDTH), random.uniform(15, 60), random.uniform(30, 144), colour(random)
        draw.rectangle([x, horizon - high, x + wide, horizon + 20], fill=paint)
        for top in np.arange(horizon - high + 4, horizon, 9):
            for left in np.arange(x + 3, x + wide - 4, 8):
                draw.rectangle([left, top, left + 3, top + 4], fill=tuple(int(c * 0.4) for c in paint))


def hills(draw, random, horizon):
    for k in range(random.integers(2, 5)):
        high, waves, phase = random.uniform(10, 50), random.uniform(1, 4), random.uniform(0, 6.3)
        ridge = [
            (x, horizon - 20 + k * 25 + high * math.sin(waves * x / WIDTH * 6.3 + phase)) for x in range(0, 324, 4)
        ]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour(random))


def trees(draw, random, horizon):
    for _ in range(random.integers(10, 40)):
        x, foot, high = random.uniform(0, WIDTH), random.uniform(horizon, HEIGHT), random.uniform(20, 90)
        draw.line([x, foot, x, foot - high], fill=(80, 50, 20), width=int(random.integers(2, 6)))
        crown, top = high * 0.3, foot - high
        green = int(random.integers(0, 80)), int(random.integers(80, 200)), int(random.integers(0, 80))
        draw.ellipse([x - crown, top - crown, x + crown, top + crown], fill=green)


def balls(draw, random, horizon):
    for _ in range(random.integers(3, 10)):
        x, y, r = random.uniform(0, WIDTH), random.uniform(0, HEIGHT), random.uniform(8, 50)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=colour(random))


def triangles(draw, random, horizon):
    for _ in range(random.integers(5, 15)):
        corners = [(random.uniform(0, WIDTH), random.uniform(0, HEIGHT)) for _ in range(3)]
        draw.polygon(corners, fill=colour(random))


KINDS = (houses, hills, trees, balls, triangles)


def recompressed(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def resized(picture, factor):
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.BILINEAR)


def rotated(picture, degrees):
    """In a frame of the same size, with black corners."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC)


def cropped(picture, degrees):
    """Rotated, without the black corners."""
    turned, slope = rotated(picture, degrees), math.sin(math.radians(abs(degrees)))
    x, y = int(picture.height * slope / 2 + 1), int(picture.width * slope / 2 + 1)
    return turned.crop((x, y, picture.width - x, picture.height - y))


def turned(picture, quarters):
    return picture.rotate(90 * quarters, expand=True)
