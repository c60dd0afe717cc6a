"""Every architecture under the other names that its exports have, and with configs that do not fit."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from onevec.engine import LocalOptions, load
from onevec.engine.configs import Config
from onevec.engine.graphs import ARCHITECTURES
from onevec.engine.graphs.modernbert import layer_types
from onevec.errors import ModelError, ModelFileError

F32 = LocalOptions(precision="f32")
FOLDERS = {
    "bert": "bert-mean",
    "distilbert": "distilbert-mean",
    "modernbert": "modernbert-cls",
    "mpnet": "mpnet-mean",
    "nomic_bert": "nomic-bert-mean",
    "qwen3": "qwen3-lasttoken",
    "xlm-roberta": "xlm-roberta-mean",
}


@pytest.fixture
def agrees(golden, ask):
    """Assert that a folder gives the golden vectors of the one that it is a copy of."""

    def check(folder: Path, name: str, most: float = 1e-5) -> None:
        figures = json.loads((golden / "models" / name / "golden.json").read_bytes())
        embedder = load(str(folder), F32)
        try:
            vectors = ask(embedder, *figures["texts"], overflow="truncate").vectors
        finally:
            embedder.close()
        assert np.abs(vectors - np.array(figures["vectors"]["text"], np.float32)).max() <= most

    return check


def renamed(folder: Path, *rules: tuple[str, str]) -> None:
    """Save the weights under other names."""
    file = folder / "model.safetensors"
    tensors = load_file(file)
    for old, new in rules:
        tensors = {re.sub(old, new, name): tensor for name, tensor in tensors.items()}
    save_file(tensors, file)


@pytest.mark.parametrize("kind", FOLDERS)
def test_prefixes_of_exports_are_left_out(kind, model_copy, agrees):
    for i, prefix in enumerate(ARCHITECTURES[kind].prefixes):
        folder = model_copy(FOLDERS[kind], to=f"m{i}")
        renamed(folder, ("^", prefix))
        agrees(folder, FOLDERS[kind])


@pytest.mark.parametrize("kind", FOLDERS)
def test_shards_are_one_model(kind, model_copy, agrees):
    folder = model_copy(FOLDERS[kind])
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    halves = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, part in halves.items():
        save_file({name: tensors[name] for name in part}, folder / shard)
    table = {name: shard for shard, part in halves.items() for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    (folder / "model.safetensors").unlink()

    agrees(folder, FOLDERS[kind])


@pytest.mark.parametrize("kind", FOLDERS)
def test_float16_weights_are_read(kind, model_copy, agrees):
    folder = model_copy(FOLDERS[kind])
    tensors = load_file(folder / "model.safetensors")
    save_file({name: tensor.astype(np.float16) for name, tensor in tensors.items()}, folder / "model.safetensors")

    agrees(folder, FOLDERS[kind], most=1e-2)


def test_transformers_own_names_of_nomic_bert(model_copy, agrees):
    folder = model_copy("nomic-bert-mean")
    renamed(
        folder,
        ("emb_ln", "embeddings.LayerNorm"),
        (r"encoder\.layers", "layers"),
        (r"attn\.out_proj", "self_attn.o_proj"),
        ("fc11", "up_proj"),
        ("fc12", "gate_proj"),
        ("fc2", "down_proj"),
        ("norm1", "post_attention_layernorm"),
        ("norm2", "post_mlp_layernorm"),
    )
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if "Wqkv" in name]:
        for part, tensor in zip("qkv", np.split(tensors.pop(name), 3), strict=True):
            tensors[name.replace("attn.Wqkv", f"self_attn.{part}_proj")] = tensor.copy()
    save_file(tensors, folder / "model.safetensors")

    agrees(folder, "nomic-bert-mean")


def test_the_authors_words_of_nomic_bert(model_copy, agrees):
    """As in the config.json of nomic-ai/nomic-embed-text-v1.5."""
    folder = model_copy("nomic-bert-mean")
    config = {
        "model_type": "nomic_bert",
        "activation_function": "swiglu",
        "causal": False,
        "layer_norm_epsilon": 1e-12,
        "mlp_fc1_bias": False,
        "n_embd": 32,
        "n_head": 4,
        "n_inner": 64,
        "n_layer": 3,
        "n_positions": 128,
        "prenorm": False,
        "qkv_proj_bias": False,
        "rotary_emb_base": 1000,
        "rotary_emb_fraction": 1.0,
        "rotary_emb_interleaved": False,
        "rotary_scaling_factor": None,
        "type_vocab_size": 2,
        "vocab_size": 258,
    }
    (folder / "config.json").write_text(json.dumps(config))

    agrees(folder, "nomic-bert-mean")


def test_older_words_of_modernbert_and_qwen3(model_copy, agrees, edit):
    old = model_copy("modernbert-cls", to="modernbert")
    thetas = {"global_rope_theta": 160000.0, "local_rope_theta": 10000.0}
    edit(old / "config.json", layer_types=None, rope_parameters=None, **thetas)
    agrees(old, "modernbert-cls")

    old = model_copy("qwen3-lasttoken", to="qwen3")
    edit(old / "config.json", rope_parameters=None, rope_theta=10000.0)
    agrees(old, "qwen3-lasttoken")


def test_older_configs_name_the_interval_of_whole_views():
    config = Config(Path("config.json"), {"num_hidden_layers": 5, "global_attn_every_n_layers": 2})

    assert [kind.split("_")[0] for kind in layer_types(config)] == ["full", "sliding", "full", "sliding", "full"]


def test_roberta_and_camembert_are_xlm_rs_rows(model_copy, agrees, edit):
    for kind in ("roberta", "camembert"):
        folder = model_copy("xlm-roberta-mean", to=kind)
        edit(folder / "config.json", model_type=kind)
        agrees(folder, "xlm-roberta-mean")


@pytest.mark.parametrize(("kind", "lost"), [("xlm-roberta", 2), ("mpnet", 2), ("bert", 0)])
def test_no_text_is_longer_than_the_table_of_positions(kind, lost, model_copy, edit, ask):
    folder = model_copy(FOLDERS[kind])
    edit(folder / "sentence_bert_config.json", max_seq_length=None)
    edit(folder / "tokenizer_config.json", model_max_length=None)
    rows = json.loads((folder / "config.json").read_bytes())["max_position_embeddings"]
    embedder = load(str(folder), F32)
    try:
        assert embedder.capabilities.max_input_tokens == rows - lost
        assert np.isfinite(ask(embedder, "word " * 200, overflow="truncate").vectors).all()
    finally:
        embedder.close()


@pytest.mark.parametrize(
    ("kind", "change", "error", "words"),
    [
        ("distilbert", {"dim": None}, ModelFileError, "'dim' is missing"),
        ("distilbert", {"activation": "snake"}, ModelError, "activation 'snake'"),
        ("distilbert", {"n_layers": 4}, ModelFileError, r"transformer\.layer\.3"),
        ("mpnet", {"num_attention_heads": 3}, ModelFileError, "multiple of 3"),
        ("mpnet", {"relative_attention_num_buckets": 64}, ModelFileError, "relative_attention_bias"),
        ("modernbert", {"layer_types": ["full_attention"]}, ModelFileError, "'layer_types' must be 6 times"),
        ("modernbert", {"rope_parameters": {"full_attention": {"rope_type": "yarn"}}}, ModelError, "'yarn'"),
        ("modernbert", {"rope_parameters": 7}, ModelFileError, "'rope_parameters' must be an object"),
        ("modernbert", {"norm_bias": True}, ModelFileError, r"embeddings\.norm\.bias"),
        ("nomic_bert", {"num_experts": 8}, ModelError, "num_experts 8 does not run here"),
        ("nomic_bert", {"rotary_emb_fraction": 0.5}, ModelError, "rotary_emb_fraction"),
        ("nomic_bert", {"intermediate_size": 65}, ModelFileError, "gate_proj"),
        ("qwen3", {"num_key_value_heads": 3}, ModelFileError, "num_key_value_heads"),
        ("qwen3", {"use_sliding_window": True}, ModelError, "use_sliding_window"),
        ("qwen3", {"rope_scaling": {"type": "yarn"}}, ModelError, "rope_scaling"),
        ("qwen3", {"head_dim": 8}, ModelFileError, r"q_norm\.weight"),
        ("xlm-roberta", {"position_embedding_type": "relative_key"}, ModelError, "'absolute'"),
    ],
)
def test_a_config_that_does_not_fit_is_told(kind, change, error, words, model_copy, edit):
    folder = model_copy(FOLDERS[kind])
    edit(folder / "config.json", **change)

    with pytest.raises(error, match=words) as caught:
        load(str(folder), F32)
    assert str(folder) in caught.value.message
