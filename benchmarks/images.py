"""Images a second of a ViT-B/32 (CLIP, random weights), JPEGs of 640 x 480 to vectors, against peers in the same run.

The peers are transformers on torch, and fastembed, which is a processor of its own on ONNX Runtime. Each runs in a
process of its own, in turn with the others for several rounds, so that a drift of the machine hits all alike; each
reads the same files and makes vectors of the same weights, which are compared. Peers live in another environment,
whose Python is named by --peers: `pip install torch transformers fastembed onnx pillow safetensors`.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 3
IMAGES = 256
BATCH = 16
SIDE = 224

Embed = Callable[[list[Path]], np.ndarray]

CONFIG = {
    "model_type": "clip",
    "projection_dim": 512,
    "text_config": {"model_type": "clip_text_model", "num_hidden_layers": 1, "vocab_size": 512},
    "vision_config": {"model_type": "clip_vision_model"},
}
PREPROCESSING = {
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_processor_type": "CLIPImageProcessor",
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"shortest_edge": SIDE},
}


def write_model(folder: Path) -> None:
    """Weights of the size of openai/clip-vit-base-patch32's image tower, and a small text tower."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models

    random = np.random.default_rng(0)
    tensors = {}
    for tower, size, inner, layers in (("vision_model", 768, 3072, 12), ("text_model", 512, 2048, 1)):
        for layer in range(layers):
            name = f"{tower}.encoder.layers.{layer}"
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                tensors |= linear(random, f"{name}.self_attn.{part}", size, size)
            tensors |= linear(random, f"{name}.mlp.fc1", inner, size) | linear(random, f"{name}.mlp.fc2", size, inner)
            tensors |= norm(f"{name}.layer_norm1", size) | norm(f"{name}.layer_norm2", size)
    for name in ("pre_layrnorm", "post_layernorm"):
        tensors |= norm(f"vision_model.{name}", 768)
    tensors |= norm("text_model.final_layer_norm", 512)
    for name, shape in {
        "vision_model.embeddings.class_embedding": (768,),
        "vision_model.embeddings.patch_embedding.weight": (768, 3, 32, 32),
        "vision_model.embeddings.position_embedding.weight": (50, 768),
        "visual_projection.weight": (512, 768),
        "text_model.embeddings.token_embedding.weight": (512, 512),
        "text_model.embeddings.position_embedding.weight": (77, 512),
        "text_projection.weight": (512, 512),
        "logit_scale": (),
    }.items():
        tensors[name] = np.asarray(random.normal(0, 0.03, shape), np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSING))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 77}))
    Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))


def linear(random: np.random.Generator, name: str, outputs: int, inputs: int) -> dict[str, np.ndarray]:
    weight = random.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)
    return {f"{name}.weight": weight, f"{name}.bias": np.zeros(outputs, np.float32)}


def norm(name: str, size: int) -> dict[str, np.ndarray]:
    return {f"{name}.weight": np.ones(size, np.float32), f"{name}.bias": np.zeros(size, np.float32)}


def write_pictures(folder: Path, count: int) -> None:
    """JPEGs with the detail of photographs: noise at every scale."""
    from PIL import Image

    random = np.random.default_rng(1)
    for number in range(count):
        layers = [
            np.asarray(Image.fromarray(random.integers(0, 256, (n * 3, n * 4, 3), np.uint8)).resize((640, 480), 3))
            for n in (2, 8, 32, 120)
        ]
        mixed = np.average(layers, axis=0, weights=(8, 4, 2, 1))
        Image.fromarray(mixed.astype(np.uint8)).save(folder / f"{number:04}.jpg", quality=90)


def onevec_engine(precision: str) -> Callable[[Path], Embed]:
    def make(model: Path) -> Embed:
        from onevec.engine import LocalOptions, load
        from onevec.images import ImageInput
        from onevec.types import EmbedRequest

        embedder = load(str(model), LocalOptions(precision=precision))
        return lambda files: embedder.embed(EmbedRequest("m", tuple(map(ImageInput, files)))).vectors

    return make


def transformers_on_torch(model: Path) -> Embed:
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, CLIPModel

    loaded = CLIPModel.from_pretrained(model).eval()
    processor = AutoImageProcessor.from_pretrained(model)

    def embed(files: list[Path]) -> np.ndarray:
        parts = []
        for start in range(0, len(files), BATCH):
            pictures = [Image.open(file).convert("RGB") for file in files[start : start + BATCH]]
            with torch.inference_mode():
                found = loaded.get_image_features(**processor(images=pictures, return_tensors="pt"))
            found = getattr(found, "pooler_output", found)
            parts.append((found / found.norm(dim=-1, keepdim=True)).numpy())
        return np.concatenate(parts)

    return embed


def fastembed_on_onnx(model: Path) -> Embed:
    from fastembed import ImageEmbedding

    if not (model / "model.onnx").exists():
        export(model)
    embedder = ImageEmbedding("Qdrant/clip-ViT-B-32-vision", specific_model_path=str(model), local_files_only=True)
    return lambda files: np.array(list(embedder.embed([str(file) for file in files], batch_size=BATCH)))


def export(model: Path) -> None:
    import torch
    from transformers import CLIPModel

    class Tower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = CLIPModel.from_pretrained(model).eval()

        def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
            found = self.model.get_image_features(pixel_values=pixel_values)
            return getattr(found, "pooler_output", found)

    torch.onnx.export(
        Tower(), (torch.zeros(2, 3, SIDE, SIDE),), model / "model.onnx", input_names=["pixel_values"],
        output_names=["image_embeds"], dynamic_axes={"pixel_values": {0: "n"}, "image_embeds": {0: "n"}}, dynamo=False,
    )  # fmt: skip


OURS = {"onevec": onevec_engine("auto"), "onevec f32": onevec_engine("f32")}
PEERS = {"transformers + torch": transformers_on_torch, "fastembed": fastembed_on_onnx}


def measure(name: str, folder: Path) -> None:
    """In a process of its own: warm up, then time; the vectors are left in the folder."""
    embed = (OURS | PEERS)[name](folder)
    files = sorted(folder.glob("*.jpg"))
    embed(files[: 2 * BATCH])
    started, worked = time.perf_counter(), time.process_time()
    vectors = embed(files)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    np.save(folder / f"{name}.npy", vectors)
    sys.stdout.write(f"\n{len(files) / seconds} {busy / len(files) * 1000}\n")


def run(python: str, name: str, folder: Path) -> tuple[float, float]:
    """Images a second, and milliseconds of processor time an image."""
    done = subprocess.run(
        [python, __file__, "--measure", name, "--folder", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    rate, busy = map(float, done.stdout.split()[-2:])
    return rate, busy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure, args.folder)
        return
    contestants = dict.fromkeys(OURS, sys.executable)
    if args.peers != sys.executable or importlib.util.find_spec("torch"):
        contestants |= dict.fromkeys(PEERS, args.peers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(folder)
        write_pictures(folder, args.images)
        rounds = [{who: run(python, who, folder) for who, python in contestants.items()} for _ in range(args.rounds)]
        report(rounds, folder)


def report(rounds: list[dict[str, tuple[float, float]]], folder: Path) -> None:
    """Medians; "onevec is" compares within each round, when the machine was as busy for both."""
    ours = np.load(folder / "onevec.npy")
    print(f"{'':22} images/s  onevec is  processor ms/image  lowest cosine to onevec")
    for who in rounds[0]:
        rate, busy = (statistics.median(one[who][figure] for one in rounds) for figure in (0, 1))
        ratio = statistics.median(one["onevec"][0] / one[who][0] for one in rounds)
        theirs = np.load(folder / f"{who}.npy")
        cosine = (ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
        print(f"{who:22} {rate:8.1f}  {ratio:7.2f} x  {busy:18.1f}  {cosine.min():.5f}")


if __name__ == "__main__":
    main()
