"""RoBERTa (arXiv:1907.11692), XLM-R and CamemBERT: BERT whose positions begin behind the padding's."""

from onevec.engine.configs import Config
from onevec.engine.graphs import bert
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.runtime import Node
from onevec.engine.weights import Weights

PREFIX = "roberta."


def first_position(config: Config) -> int:
    """The row of the table of positions that is a text's first: fairseq numbers positions from the padding's id on."""
    return int(config.number("pad_token_id", 1)) + 1


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer."""
    return bert.build(config, weights, inputs, first_position(config))
