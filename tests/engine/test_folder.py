"""Model folders, whole and spoilt: every fault is named with its file."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from onevec.engine import LocalOptions, load
from onevec.engine.folder import Dense, Normalize, Pooling, read_folder
from onevec.errors import ModelError, ModelFileError, ModelNotFoundError, UnsafeModelError, UnsupportedParameterError

F32 = LocalOptions(precision="f32")


def test_old_and_new_names_are_read_alike(golden):
    models = golden / "models"

    assert read_folder(models / "bert-cls-prompted").heads == (Pooling(("cls",)), Normalize())
    assert read_folder(models / "bert-max-unnormalized").heads == (Pooling(("max",)),)
    pooling, dense, normal = read_folder(models / "bert-mean-dense").heads
    assert (pooling, normal) == (Pooling(("mean",)), Normalize())
    assert dense == Dense(models / "bert-mean-dense" / "2_Dense", 32, 16, True, "tanh")


@pytest.mark.parametrize(
    ("transformer", "tokenizer", "positions", "limit"),
    [(48, 512, 64, 48), (None, 48, 64, 48), (None, 10**30, 64, 64), (256, 512, 64, 64), (40, 32, 64, 40)],
)
def test_the_length_is_sentence_transformers(transformer, tokenizer, positions, limit, model_copy, edit):
    folder = model_copy()
    edit(folder / "sentence_bert_config.json", max_seq_length=transformer)
    edit(folder / "tokenizer_config.json", model_max_length=tokenizer)
    edit(folder / "config.json", max_position_embeddings=positions)

    assert read_folder(folder).max_tokens == limit


def test_a_folder_of_transformers_alone_is_pooled_by_mean(model_copy, golden, ask):
    folder = model_copy()
    (folder / "modules.json").unlink()
    plain, whole = load(str(folder), F32), load(str(golden / "models" / "bert-mean"), F32)
    try:
        assert (plain.space.pooling, plain.space.normalized) == ("mean", False)
        vectors = ask(plain, "some text").vectors
        assert np.allclose(vectors / np.linalg.norm(vectors), ask(whole, "some text").vectors, atol=1e-6)
    finally:
        plain.close()
        whole.close()


def test_a_transformer_in_a_folder_of_its_own(model_copy, edit):
    folder = model_copy()
    inner = folder / "0_Transformer"
    inner.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).rename(inner / name)
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))

    load(str(folder), F32).close()


def test_the_default_prompt_is_used_when_no_input_type_is_named(model_copy, edit, ask):
    folder = model_copy("bert-cls-prompted")
    edit(folder / "config_sentence_transformers.json", default_prompt_name="query")
    embedder = load(str(folder), F32)
    try:
        plain, query = ask(embedder, "text").vectors, ask(embedder, "text", input_type="query").vectors
        assert np.array_equal(plain, query)
        assert not np.allclose(plain, ask(embedder, "text", input_type="document").vectors)
    finally:
        embedder.close()


def test_a_prompt_may_be_left_out_of_the_pooling(model_copy, edit, ask):
    folder = model_copy()
    edit(folder / "1_Pooling" / "config.json", include_prompt=False)
    edit(folder / "config_sentence_transformers.json", prompts={"query": "the "})
    without, included = load(str(folder), F32), None
    try:
        edit(folder / "1_Pooling" / "config.json", include_prompt=True)
        included = load(str(folder), F32)
        assert not np.allclose(
            ask(without, "text", input_type="query").vectors, ask(included, "text", input_type="query").vectors
        )
        assert np.allclose(ask(without, "text").vectors, ask(included, "text").vectors, atol=1e-6)
    finally:
        without.close()
        included.close()


def test_truncate_dim_is_sentence_transformers(model_copy, golden, edit, ask):
    folder = model_copy("bert-mean-dense")
    edit(folder / "config_sentence_transformers.json", truncate_dim=5)
    cut, whole = load(str(folder), F32), load(str(golden / "models" / "bert-mean-dense"), F32)
    try:
        assert np.allclose(ask(cut, "a text").vectors, ask(whole, "a text").vectors[:, :5], atol=1e-6)
        assert (cut.space.dimensions, cut.space.normalized, cut.capabilities.dimensions) == (5, False, 5)
        with pytest.raises(UnsupportedParameterError, match="only 5"):
            ask(cut, "a text", dimensions=16)
    finally:
        cut.close()
        whole.close()


def test_copies_of_one_model_under_one_name_share_a_space(model_copy):
    spaces = []
    for to in ("a/model", "b/model"):
        embedder = load(str(model_copy(to=to)))
        spaces.append(embedder.space)
        embedder.close()

    assert spaces[0] == spaces[1]


def test_the_same_weights_pooled_otherwise_are_another_space(golden):
    spaces = []
    for name in ("bert-mean", "bert-cls-prompted"):
        embedder = load(str(golden / "models" / name))
        spaces.append(embedder.space)
        embedder.close()

    assert spaces[0].revision == spaces[1].revision
    assert spaces[0] != spaces[1]


def rewrite(folder, change):
    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file)


@pytest.mark.parametrize("dtype", [np.float16, "bfloat16"])
def test_half_precision_weights_are_read(dtype, model_copy, golden, ask):
    folder = model_copy()
    tensors = load_file(folder / "model.safetensors")
    if dtype == "bfloat16":
        (folder / "model.safetensors").write_bytes(as_bfloat16(tensors))
    else:
        save_file({name: tensor.astype(dtype) for name, tensor in tensors.items()}, folder / "model.safetensors")
    half, full = load(str(folder), F32), load(str(golden / "models" / "bert-mean"), F32)
    try:
        cosine = (ask(half, "some text").vectors * ask(full, "some text").vectors).sum()
    finally:
        half.close()
        full.close()

    assert 0.999 < cosine < 1.001


def as_bfloat16(tensors) -> bytes:
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = (tensor.astype("<f4").view(np.uint32) >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": "BF16", "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def test_shards_and_prefixed_names_are_read(model_copy, golden, ask):
    folder = model_copy()
    tensors = {f"bert.{name}": tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, part in parts.items():
        save_file({name: tensors[name] for name in part}, folder / file)
    table = {name: file for file, part in parts.items() for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    (folder / "model.safetensors").unlink()
    sharded, whole = load(str(folder), F32), load(str(golden / "models" / "bert-mean"), F32)
    try:
        assert np.array_equal(ask(sharded, "some text").vectors, ask(whole, "some text").vectors)
    finally:
        sharded.close()
        whole.close()
    (folder / "b.safetensors").unlink()
    with pytest.raises(ModelFileError, match=r"b\.safetensors is missing"):
        load(str(folder))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"])
def test_a_missing_file_is_named(name, model_copy):
    folder = model_copy()
    (folder / name).unlink()

    with pytest.raises(ModelFileError, match="missing") as caught:
        load(str(folder))
    assert name in caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "modules.json",
        "tokenizer.json",
        "1_Pooling/config.json",
        "config_sentence_transformers.json",
        "sentence_bert_config.json",
        "tokenizer_config.json",
    ],
)
@pytest.mark.parametrize("text", ['{"a": ', "[1, 2]", "\xff\xfe"])
def test_a_corrupt_json_file_is_named(name, text, model_copy):
    folder = model_copy()
    (folder / name).write_bytes(text.encode("latin-1"))

    with pytest.raises(ModelFileError) as caught:
        load(str(folder))
    assert name in caught.value.message


@pytest.mark.parametrize("keep", [0, 4, 100, 5000, -1])
def test_cut_off_weights_are_named(keep, model_copy):
    file = model_copy() / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])

    with pytest.raises(ModelFileError, match=r"model\.safetensors is not a complete safetensors file"):
        load(str(file.parent))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(number, model_copy):
    folder = model_copy()
    rewrite(folder, lambda tensors: tensors["encoder.layer.1.output.dense.bias"].__setitem__(3, number))

    with pytest.raises(ModelFileError, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        load(str(folder))


def test_a_missing_tensor_is_named(model_copy):
    folder = model_copy()
    rewrite(folder, lambda tensors: tensors.pop("encoder.layer.0.attention.self.key.bias"))

    with pytest.raises(ModelFileError, match=r"encoder\.layer\.0\.attention\.self\.key\.bias"):
        load(str(folder))


def test_a_tensor_of_a_wrong_shape_is_named_with_both(model_copy):
    folder = model_copy()
    rewrite(folder, lambda t: t.update({"embeddings.LayerNorm.weight": np.ones(31, np.float32)}))

    with pytest.raises(ModelFileError, match=r"embeddings\.LayerNorm\.weight.*\(31,\).*\(32,\)"):
        load(str(folder))


def test_a_tokenizer_of_another_model_is_refused(model_copy, edit):
    folder = model_copy()
    edit(folder / "config.json", vocab_size=100)

    with pytest.raises(ModelFileError, match="not of one model"):
        load(str(folder))


def test_pickles_are_never_read(model_copy):
    folder = model_copy()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(UnsafeModelError, match=r"pytorch_model\.bin.*safe_serialization"):
        load(str(folder))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model_type": "gpt9"}, ModelError, "'gpt9'.*bert"),
        ({"model_type": None}, ModelFileError, "'model_type' is missing"),
        ({"hidden_size": "32"}, ModelFileError, "'hidden_size' must be a whole number"),
        ({"hidden_act": "snake"}, ModelError, "'snake'.*gelu"),
        ({"num_hidden_layers": None}, ModelFileError, "'num_hidden_layers' is missing"),
        ({"num_hidden_layers": 9}, ModelFileError, r"encoder\.layer\.3"),
        ({"num_attention_heads": 5}, ModelError, "multiple"),
        ({"position_embedding_type": "relative_key"}, ModelError, "absolute"),
    ],
)
def test_a_config_that_does_not_fit_is_told(change, error, words, model_copy, edit):
    folder = model_copy()
    edit(folder / "config.json", **change)

    with pytest.raises(error, match=words):
        load(str(folder))


def modules(folder, *entries):
    listed = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(entries)]
    (folder / "modules.json").write_text(json.dumps(listed))


TRANSFORMER = ("", "sentence_transformers.models.Transformer")
POOLING = ("1_Pooling", "sentence_transformers.models.Pooling")


@pytest.mark.parametrize(
    ("entries", "error", "words"),
    [
        ([TRANSFORMER, POOLING, ("x", "sentence_transformers.models.LSTM")], ModelError, "LSTM.*Dense"),
        ([("", "custom.Transformer"), POOLING], UnsafeModelError, "code of the model's own"),
        ([POOLING], ModelFileError, "first module must be a Transformer"),
        ([TRANSFORMER], ModelError, "one Pooling"),
        ([TRANSFORMER, POOLING, POOLING], ModelError, "one Pooling"),
        ([TRANSFORMER, ("../other", POOLING[1])], ModelFileError, "leads out of"),
        ([TRANSFORMER, ("/etc", POOLING[1])], ModelFileError, "leads out of"),
        ([], ModelFileError, "first module"),
    ],
)
def test_modules_that_do_not_run_here_are_told(entries, error, words, model_copy):
    folder = model_copy()
    modules(folder, *entries)

    with pytest.raises(error, match=words):
        load(str(folder))


def test_a_pooling_that_nobody_knows(model_copy, edit):
    folder = model_copy()
    edit(folder / "1_Pooling" / "config.json", pooling_mode="median")

    with pytest.raises(ModelFileError, match=r"'median'.*weightedmean"):
        load(str(folder))


@pytest.mark.parametrize("dotted", ["torch.nn.modules.activation.Mish", "evil.module.Tanh"])
def test_an_activation_that_nobody_knows(dotted, model_copy, edit):
    folder = model_copy("bert-mean-dense")
    edit(folder / "2_Dense" / "config.json", activation_function=dotted)

    with pytest.raises(ModelError, match="Tanh"):
        load(str(folder))


def test_a_default_prompt_that_is_not_there(model_copy, edit):
    folder = model_copy()
    edit(folder / "config_sentence_transformers.json", default_prompt_name="nobody")

    with pytest.raises(ModelFileError, match="'nobody'"):
        load(str(folder))


def test_an_empty_folder_and_none(tmp_path):
    with pytest.raises(ModelFileError, match=r"config\.json is missing"):
        load(str(tmp_path))
    with pytest.raises(ModelNotFoundError):
        load(str(tmp_path / "nothing"))
