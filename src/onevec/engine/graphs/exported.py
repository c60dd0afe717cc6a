"""Graphs that somebody else built, read from OpenVINO or ONNX files: our inputs before them, our heads behind them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from onevec.engine.exports import without_links
from onevec.engine.folder import ModelFolder
from onevec.engine.graphs import heads
from onevec.engine.graphs.inputs import Inputs, packed_inputs
from onevec.engine.graphs.layers import integer
from onevec.engine.modules import Head, Normalize, Pooling, Truncate
from onevec.engine.runtime import Node, ops, read_model
from onevec.errors import ModelError

TOKENS = ("last_hidden_state", "token_embeddings")
POOLED = ("sentence_embedding",)
"""What exporters call their outputs."""


def build(
    folder: ModelFolder, files: Sequence[Path], *, normalized: bool = False
) -> tuple[Node, list[Node], tuple[Head, ...]]:
    """The vectors, the parameters that a batch of :class:`onevec.engine.packing.RowBatcher` fills, and the heads used.

    Args:
        folder: The model's.
        files: The graph, and the files that hold its numbers.
        normalized: The model is known to make vectors of length one, if its folder does not say so.

    Raises:
        ModelFileError: no graph, or one with operations that are not OpenVINO's or ONNX's own.
        ModelError: inputs or outputs other than a text model's.
    """
    inputs, file = packed_inputs(), files[0]
    with without_links(files) as readable:
        model = read_model(readable)
    _feed(model, inputs, file)
    outputs = _outputs(model)
    tokens, pooled = _picked(outputs, TOKENS, 3), _picked(outputs, POOLED, 2)
    if folder.bare and pooled is not None:
        behind: tuple[Head, ...] = (Normalize(),) if normalized else ()
        return heads.build(pooled, behind, inputs), inputs.parameters, behind
    if tokens is not None:
        return heads.build(tokens, folder.heads, inputs), inputs.parameters, folder.heads
    behind = tuple(head for head in folder.heads if not isinstance(head, Pooling))
    if pooled is None or not all(isinstance(head, Normalize | Truncate) for head in behind):
        shapes = ", ".join(f"{name} {node.get_output_partial_shape(0)}" for name, node in outputs.items())
        wanted = " or ".join(TOKENS)
        raise ModelError(f"{file} has the outputs {shapes}; it must have {wanted} [?,?,size]", value=str(file))
    return heads.build(pooled, behind, inputs), inputs.parameters, behind


def _feed(model: Node, inputs: Inputs, file: Path) -> None:
    """Our arrays in the place of the parameters of the graph."""
    feeds = {
        "input_ids": inputs.ids,
        "attention_mask": ops.minimum(inputs.segments, integer(1)),
        "token_type_ids": ops.multiply(inputs.segments, integer(0)),
        "position_ids": inputs.positions,
    }
    for parameter in model.get_parameters():
        name = next((name for name in parameter.output(0).get_names() if name in feeds), None)
        shape = parameter.get_partial_shape()
        if name is None or len(shape) != 2 or shape[0].is_static or shape[1].is_static:
            raise ModelError(
                f"{file} has an input {parameter.get_friendly_name()} {shape}; a text model's are "
                f"{', '.join(feeds)}, of any length",
                value=str(file),
            )
        array = ops.convert(feeds[name], parameter.get_element_type().to_string())
        for target in list(parameter.output(0).get_target_inputs()):
            target.replace_source_output(array.output(0))


def _outputs(model: Node) -> dict[str, Node]:
    """What the graph's results are made of, by name, in float32."""
    sources = [result.input_value(0) for result in model.get_results()]
    return {name: ops.convert(source, "f32") for source in sources for name in source.get_names()}


def _picked(outputs: Mapping[str, Node], names: tuple[str, ...], rank: int) -> Node | None:
    """The first of these outputs that has so many axes, the last of them of a known length."""
    shapes = {name: outputs[name].get_output_partial_shape(0) for name in names if name in outputs}
    fit = (name for name, shape in shapes.items() if len(shape) == rank and shape[rank - 1].is_static)
    return outputs.get(next(fit, ""))
