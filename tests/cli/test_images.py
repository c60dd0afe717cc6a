"""`onevec embed --image`: files and folders, beside texts, with the file's name in every error."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from onevec.cli import main
from onevec.cli.images import TOGETHER


@pytest.fixture
def run(capfdbinary):
    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(["embed", *map(str, args)])
        out, err = capfdbinary.readouterr()
        return left.value.code or 0, out, err.decode()

    return run


@pytest.fixture
def pictures(golden):
    return golden / "models" / "pictures"


@pytest.fixture
def clip(golden):
    return f"local:{golden / 'models' / 'clip'}"


def test_images_need_no_model_and_no_download(run, pictures):
    code, out, err = run("--image", pictures / "wide.jpg", "-i", pictures / "grey.png")
    assert (code, err) == (0, "")
    body = json.loads(out)
    assert [len(item["embedding"]) for item in body["data"]] == [980, 980]
    assert (body["model"], body["usage"]["total_tokens"]) == ("gist", None)


def test_a_folder_and_texts_in_order(run, pictures, clip, tmp_path):
    (tmp_path / "deep").mkdir()
    for name, to in (("wide.jpg", "b.jpg"), ("tall.png", "deep/a.png"), ("grey.png", "a")):
        (tmp_path / to).write_bytes((pictures / name).read_bytes())
    (tmp_path / "notes.txt").write_text("no image")
    _, out, _ = run("-m", clip, "--image", tmp_path, "--text", "an otter", "-t", "a cat", "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [Path(row["image"]).name for row in rows[:3]] == ["a", "b.jpg", "a.png"]
    assert [row["text"] for row in rows[3:]] == ["an otter", "a cat"]


def test_a_file_whose_name_is_no_utf_8(run, pictures, tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes((pictures / "grey.png").read_bytes())
    code, out, _ = run("--image", tmp_path, "--format", "jsonl")
    assert (code, Path(json.loads(out)["image"]).name) == (0, "caf\ufffd.png")
    code, out, _ = run("--image", tmp_path, "--format", "table")
    assert (code, r"caf\udce9.png" in out.decode()) == (0, True)


def test_texts_by_option_alone(run):
    _, out, _ = run("--text", "an otter")
    assert len(json.loads(out)["data"][0]["embedding"]) == 384


def test_more_files_than_are_read_at_once(run, pictures, tmp_path):
    for number in range(TOGETHER + 3):
        (tmp_path / f"{number:03}.png").write_bytes((pictures / "grey.png").read_bytes())
    (tmp_path / f"{TOGETHER:03}.png").write_bytes((pictures / "palette.png").read_bytes())
    out = tmp_path / "out.npy"
    assert run("--image", tmp_path, "-o", out)[0] == 0
    vectors = np.load(out)
    assert vectors.shape == (TOGETHER + 3, 980)
    assert np.flatnonzero(vectors @ vectors[0] < 0.9).tolist() == [TOGETHER]


def test_a_table_of_images_has_no_tokens(run, pictures):
    _, out, _ = run("--image", pictures, "--format", "table")
    shown = out.decode()
    assert "tokens" not in shown
    assert "image " in shown
    assert "grey.png" in shown


def test_errors_name_the_file(run, pictures, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes((pictures / "tall.png").read_bytes()[:300])
    code, _, err = run("-i", pictures / "grey.png", "-i", broken)
    assert (code, err.startswith(f"onevec: {broken}: the image in inputs[1] cannot be decoded")) == (2, True)
    broken.write_text("no image")
    assert run("-i", broken)[2].startswith(f"onevec: {broken}: this is no image")


def test_what_cannot_be(run, pictures, tmp_path):
    code, _, err = run("-i", tmp_path)
    assert (code, "there is no image in" in err) == (2, True)
    code, _, err = run("-i", pictures / "grey.png", "-t", "an otter")
    assert (code, "local:laion/CLIP-ViT-B-32-laion2B-s34B-b79K" in err) == (2, True)


def test_a_progress_bar_on_a_terminal(pictures):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "onevec", "embed", "--image", str(pictures), "--format", "json"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, check=True, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "embedding" in shown
    assert len(json.loads(done.stdout)["data"]) == 5
