"""Models that run from OpenVINO or ONNX files: their vectors, their inputs, and what may not lie in them."""

import json
from pathlib import Path

import numpy as np
import openvino
import pytest
from safetensors.numpy import load_file, save_file

from onevec.engine import LocalOptions, graphs, load
from onevec.engine.catalog import CATALOG
from onevec.engine.exports import export_files, exported_file
from onevec.engine.folder import read_folder
from onevec.engine.loader import load_texts
from onevec.errors import ModelError, ModelFileError, UnsafeModelError
from onevec.types import EmbedRequest, InputType

from .onnx_file import field, save_table

F32 = LocalOptions(precision="f32")
TEXTS = ("a", "The largest planet in our solar system is Jupiter", "数据库 向量", "word " * 40)


@pytest.fixture
def foreign(model_copy, edit):
    """A folder whose architecture is none of ours, with a table of token vectors as ONNX and no safetensors."""

    def make(name: str = "bert-mean", **options) -> Path:
        folder = model_copy(name)
        weights = load_file(folder / "model.safetensors")
        table = weights["embeddings.word_embeddings.weight"]
        (folder / "model.safetensors").unlink()
        edit(folder / "config.json", model_type="somebody's")
        save_table(folder / "onnx" / "model.onnx", table, **options)
        return folder

    return make


def pooled(folder: Path, embedder, table: np.ndarray) -> np.ndarray:
    means = np.stack([table[ids].mean(axis=0) for ids in embedder.tokenizer.encode(TEXTS)])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


@pytest.mark.parametrize(
    "inputs",
    [
        ("input_ids", "attention_mask"),
        ("input_ids", "attention_mask", "token_type_ids"),
        ("input_ids", "position_ids"),
    ],
)
def test_an_onnx_file_is_pooled_and_normalised_by_us(inputs, foreign, golden, ask):
    folder = foreign(inputs=inputs)
    table = load_file(golden / "models" / "bert-mean" / "model.safetensors")["embeddings.word_embeddings.weight"]
    embedder = load(str(folder), F32)
    try:
        wanted = pooled(folder, embedder, table)
        assert np.abs(ask(embedder, *TEXTS).vectors - wanted).max() < 1e-6
        alone = np.concatenate([ask(embedder, text).vectors for text in TEXTS])
        assert np.abs(alone - wanted).max() < 1e-6
        assert (embedder.space.pooling, embedder.space.normalized) == ("mean", True)
        assert embedder.capabilities.max_input_tokens == 64
    finally:
        embedder.close()


def test_openvinos_own_format_gives_the_vectors_of_our_graph(model_copy, golden, edit, ask):
    """BERT's token vectors, exported as optimum does it, under a name that is none of ours."""
    folder = model_copy()
    export_bert(folder)
    edit(folder / "config.json", model_type="somebody's")
    (folder / "model.safetensors").unlink()
    figures = json.loads((golden / "models" / "bert-mean" / "golden.json").read_bytes())
    embedder = load(str(folder), F32)
    try:
        vectors = ask(embedder, *figures["texts"], overflow="truncate").vectors
    finally:
        embedder.close()

    assert np.abs(vectors - np.array(figures["vectors"]["text"], np.float32)).max() <= 1e-4


def export_bert(folder: Path) -> None:
    """Token vectors of (batch, sequence) from ids and mask, int64, without pooling."""
    from onevec.engine.graphs import bert
    from onevec.engine.graphs.inputs import packed_inputs
    from onevec.engine.runtime import ops
    from onevec.engine.weights import read_weights

    read = read_folder(folder)
    inputs = packed_inputs()
    hidden = bert.build(read.config, read_weights(read.weights, (bert.PREFIX,)), inputs)
    ids, mask = (ops.parameter([-1, -1], np.int64, name=name) for name in ("input_ids", "attention_mask"))
    for parameter, name in ((ids, "input_ids"), (mask, "attention_mask")):
        parameter.output(0).set_names({name})
    narrow_mask = ops.convert(mask, "i32")
    positions = ops.subtract(ops.cum_sum(narrow_mask, np.int32(1)), np.int32(1))
    positions = ops.maximum(positions, np.int32(0))
    replaced = {inputs.ids: ops.convert(ids, "i32"), inputs.segments: narrow_mask, inputs.positions: positions}
    for old, new in replaced.items():
        for target in list(old.output(0).get_target_inputs()):
            target.replace_source_output(new.output(0))
    hidden.output(0).set_names({"last_hidden_state"})
    (folder / "openvino").mkdir()
    model = openvino.Model([hidden], [ids, mask], "bert")
    openvino.save_model(model, folder / "openvino" / "openvino_model.xml", compress_to_fp16=False)


def test_openvinos_format_is_taken_before_onnx_and_safetensors_before_both(model_copy, foreign):
    folder = foreign()
    (folder / "openvino").mkdir()
    (folder / "openvino" / "openvino_model.xml").touch()
    assert exported_file(folder) == folder / "openvino" / "openvino_model.xml"

    ours = read_folder(model_copy(to="ours"))
    assert graphs.native(ours)
    assert not graphs.native(read_folder(folder))


def test_a_pooled_output_is_taken_where_the_folder_says_nothing_of_pooling(foreign, golden, ask):
    folder = foreign(output="sentence_embedding", pooled=True)
    table = load_file(golden / "models" / "bert-mean" / "model.safetensors")["embeddings.word_embeddings.weight"]
    with pytest.raises(ModelError, match=r"sentence_embedding \[\?,32\]; it must have last_hidden_state"):
        load(str(with_dense(folder)), F32)
    (folder / "modules.json").unlink()
    embedder = load(str(folder), F32)
    try:
        ids = embedder.tokenizer.encode(["a planet"])[0]
        wanted = (table[ids].sum(axis=0) + table[0] * (16 - len(ids))) / 16
        assert np.abs(ask(embedder, "a planet").vectors[0] - wanted).max() < 1e-6
        assert (embedder.space.pooling, embedder.space.normalized) == (None, False)
    finally:
        embedder.close()


def test_a_pooled_output_of_a_model_known_to_be_normalised_is(foreign):
    folder = foreign(output="sentence_embedding", pooled=True)
    (folder / "modules.json").unlink()
    read = read_folder(folder)
    embedder = load_texts(read, F32, CATALOG["onnx-community/embeddinggemma-300m-ONNX"])
    try:
        asked = EmbedRequest("m", ("a planet",), input_type=InputType.QUERY)
        assert np.linalg.norm(embedder.embed(asked).vectors) == pytest.approx(1, abs=1e-6)
        assert embedder.space.normalized is True
    finally:
        embedder.close()


def with_dense(folder: Path) -> Path:
    modules = json.loads((folder / "modules.json").read_bytes())
    modules.insert(2, {"idx": 2, "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    modules[3]["idx"] = 3
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 32, "out_features": 8}')
    save_file({"linear.weight": np.zeros((8, 32), np.float32)}, folder / "2_Dense" / "model.safetensors")
    return folder


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"output": "logits"}, ModelError, r"the outputs logits \[\?,\?,32\]; it must have last_hidden_state"),
        ({"inputs": ("input_ids", "pixel_values")}, ModelError, "has an input pixel_values"),
        ({"axes": (1, 8)}, ModelError, "of any length"),
        ({"domain": "com.somebody"}, ModelFileError, "OpenVINO cannot read"),
        ({"external": "../outside.bin"}, ModelFileError, "leads out of the model folder"),
        ({"external": "/etc/passwd"}, ModelFileError, "leads out of the model folder"),
        ({"external": "model.onnx_data"}, ModelFileError, "model.onnx_data is missing"),
    ],
)
def test_what_does_not_run_is_told(options, error, words, foreign):
    with pytest.raises(error, match=words):
        load(str(foreign(**options)), F32)


def test_numbers_beside_an_onnx_file_are_read(foreign, golden, ask):
    table = load_file(golden / "models" / "bert-mean" / "model.safetensors")["embeddings.word_embeddings.weight"]
    folder = foreign(external="model.onnx_data")
    data = folder / "onnx" / "model.onnx_data"
    data.write_bytes(table.tobytes())
    assert export_files(folder / "onnx" / "model.onnx")[1:] == [data]

    embedder = load(str(folder), F32)
    try:
        assert np.abs(ask(embedder, *TEXTS).vectors - pooled(folder, embedder, table)).max() < 1e-6
    finally:
        embedder.close()


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_an_export_is_no_use_for_a_model_of_two_towers(name, model_copy):
    folder = model_copy(name)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").touch()

    with pytest.raises(UnsafeModelError, match=r"pytorch_model\.bin"):
        load(str(folder), F32)


def test_a_tensor_in_a_nested_graph_may_not_lead_out_either(tmp_path):
    inner = field(1, field(5, field(6, field(5, field(13, field(1, "location") + field(2, "../x"))))))
    (tmp_path / "model.onnx").write_bytes(field(7, inner))

    with pytest.raises(ModelFileError, match="leads out"):
        export_files(tmp_path / "model.onnx")


@pytest.mark.parametrize("cut", [0, 1, 7, 100, 2000])
def test_a_cut_off_onnx_file_is_told(cut, foreign):
    folder = foreign()
    file = folder / "onnx" / "model.onnx"
    file.write_bytes(file.read_bytes()[:cut] + b"\x3a" * bool(cut))

    with pytest.raises(ModelFileError, match=r"model\.onnx"):
        load(str(folder), F32)


def test_openvinos_format_without_its_numbers(tmp_path):
    (tmp_path / "openvino_model.xml").touch()

    with pytest.raises(ModelFileError, match=r"openvino_model\.bin is missing"):
        export_files(tmp_path / "openvino_model.xml")


def test_pickles_beside_an_export_are_not_read(foreign, ask):
    folder = foreign()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    embedder = load(str(folder), F32)
    embedder.close()

    (folder / "onnx" / "model.onnx").unlink()
    with pytest.raises(UnsafeModelError):
        load(str(folder), F32)
