"""GIST (Oliva & Torralba 2001, doi:10.1023/A:1011139631724) with a colour layout: scenes compared without any weights.

The steps and constants are those of the authors' LMgist: local contrast normalisation, then the energies of Gabor
filters at 4 scales and 8 orientations, averaged in 4 x 4 cells: 512 numbers. Beside them stand the cells' means in
three opponent colours, 48 numbers, so that scenes of one shape and two colours are told apart.

A turned picture has the same cells and filters in other places, so both parts come once more in a form that a quarter
turn leaves as it is: the magnitudes of the Fourier transform over the four turns of each number, 384 and 36.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onevec.vectors import Vectors, normalize

VERSION = "1"
"""Of the algorithm: other numbers are another vector space."""

SIDE, CELLS = 128, 4
SCALES, ORIENTATIONS = 4, 8
BORDER, CONTRAST_BORDER = 32, 5
DIMENSIONS = (SCALES * ORIENTATIONS + 3) * CELLS**2 * 7 // 4

TURNED = 1.5
"""Weight of the parts that know no quarter turns, to 1 of those that do: with less, 90° are not yet found again."""

COLOUR = 2.0
"""Weight of colours, to 1 of energies: with less, the black corners of a picture turned by 10° outweigh the scene."""

CORNER = 0.5
"""Weight of the four corner cells, for the same reason; frames and time stamps stand there, too."""

FLAT = 0.05
"""Length below which the energies of a picture are noise: they are not brought to length one."""

Floats = NDArray[Any]


def _frequencies(side: int) -> tuple[Floats, Floats]:
    line = np.fft.fftfreq(side, 1 / side)
    across, down = np.meshgrid(line, line)
    return across, down


def _low_pass() -> Floats:
    """Keeps what has less than 4 cycles a picture; half a spectrum."""
    side = SIDE + 2 * CONTRAST_BORDER
    across, down = _frequencies(side)
    kept: Floats = np.exp(-(across**2 + down**2) * np.log(2) / 4**2)[:, : side // 2 + 1]
    return kept.astype(np.float32)


def _gabors() -> Floats:
    """Spectra of the filters (32, 192, 192), scale by scale, fine to coarse."""
    side = SIDE + 2 * BORDER
    across, down = _frequencies(side)
    radius, angle = np.hypot(across, down) / side, np.arctan2(down, across)
    tilts = [(angle + np.pi * i / ORIENTATIONS + np.pi) % (2 * np.pi) - np.pi for i in range(ORIENTATIONS)]
    rings = [np.exp(-3.5 * (radius / (0.3 / 1.85**scale) - 1) ** 2) for scale in range(SCALES)]
    sharpness = 2 * np.pi * 16 * ORIENTATIONS**2 / 32**2
    return np.array([ring * np.exp(-sharpness * tilt**2) for ring in rings for tilt in tilts], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Gist:
    """The descriptor; a :data:`onevec.engine.batch.Session`, and threads may share it."""

    low_pass: Floats = field(default_factory=_low_pass)
    gabors: Floats = field(default_factory=_gabors)

    def __call__(self, arrays: Mapping[str, NDArray[Any]]) -> Vectors:
        """Vectors (n, 980) at length one from `pixels` uint8 (n, 128, 128, 3)."""
        pixels = arrays["pixels"].astype(np.float32)
        weights, colours = _cell_weights(), _colours(pixels)
        energies = self.energies(pixels.mean(axis=3))
        # Energies are above 0: all pictures would be alike.
        energies -= (energies * weights).mean(axis=(2, 3, 4), keepdims=True) / weights.mean()
        energies, colours = energies * weights, colours * weights
        parts = [
            _unit(energies, FLAT),
            COLOUR * _unit(colours),
            TURNED * _unit(_unturned(energies, _turned_energies), FLAT),
            TURNED * COLOUR * _unit(_unturned(colours, _turned)),
        ]
        return normalize(np.concatenate(parts, axis=1).astype(np.float32))

    def energies(self, grey: Floats) -> Floats:
        """The published descriptor of grey pictures (n, 128, 128) in 0…255: (n, scale, orientation, 4, 4)."""
        spectrum = np.fft.fft2(_mirrored(self._contrasts(grey), BORDER))
        kept = slice(BORDER, -BORDER)
        filtered = (_cells(np.abs(np.fft.ifft2(spectrum * gabor)[:, kept, kept])) for gabor in self.gabors)
        return np.stack(list(filtered), axis=1).reshape(-1, SCALES, ORIENTATIONS, CELLS, CELLS)

    def _contrasts(self, grey: Floats) -> Floats:
        """Whitened, and divided by the contrast round about."""
        x = _mirrored(np.log1p(grey), CONTRAST_BORDER)
        x = x - self._smooth(x)
        x = x / (0.2 + np.sqrt(np.abs(self._smooth(x * x))))
        return x[:, CONTRAST_BORDER:-CONTRAST_BORDER, CONTRAST_BORDER:-CONTRAST_BORDER].astype(np.float32)

    def _smooth(self, x: Floats) -> Floats:
        return np.fft.irfft2(np.fft.rfft2(x) * self.low_pass, s=x.shape[1:])


def _mirrored(x: Floats, border: int) -> Floats:
    return np.pad(x, ((0, 0), (border, border), (border, border)), "symmetric")


def _cells(x: Floats) -> Floats:
    """Means of 4 x 4 cells: (n, 128, 128) to (n, 4, 4)."""
    step = SIDE // CELLS
    means: Floats = x.reshape(-1, CELLS, step, CELLS, step).mean(axis=(2, 4))
    return means


def _cell_weights() -> Floats:
    weights = np.ones((CELLS, CELLS), np.float32)
    weights[:: CELLS - 1, :: CELLS - 1] = CORNER
    return weights


def _colours(pixels: Floats) -> Floats:
    """Lightness, red against green, yellow against blue of each cell: (n, 3, 4, 4)."""
    red, green, blue = (_cells(pixels[..., channel]) / 255 for channel in range(3))
    return np.stack([(red + green + blue) / 3 - 0.5, red - green, (red + green) / 2 - blue], axis=1)


def _turned(x: Floats, quarters: int) -> Floats:
    return np.rot90(x, quarters, axes=(-2, -1))


def _turned_energies(x: Floats, quarters: int) -> Floats:
    """What the energies of the turned picture would be: a quarter turn is four orientations on, too."""
    return _turned(np.roll(x, ORIENTATIONS // 2 * quarters, axis=2), quarters)


def _unturned(x: Floats, turned: Callable[[Floats, int], Floats]) -> Floats:
    """Three numbers for every four that turns put in each other's place: their mean, and two magnitudes."""
    corner = slice(0, CELLS // 2)
    orbits = np.stack([turned(x, quarters)[..., corner, corner] for quarters in range(4)], axis=1)
    waves = np.fft.fft(orbits.reshape(len(x), 4, -1), axis=1)
    first, second = np.abs(waves[:, 1]) / np.sqrt(2), np.abs(waves[:, 2]) / 2
    spread = [wave - wave.mean(axis=1, keepdims=True) for wave in (first, second)]
    return np.concatenate([waves[:, 0].real / 2, *spread], axis=1)


def _unit(x: Floats, floor: float = 1e-6) -> Floats:
    flat = x.reshape(len(x), -1)
    unit: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), floor)
    return unit
