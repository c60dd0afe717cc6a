"""CLIP's tokenizer from vocab.json and merges.txt, the form that folders of sentence-transformers have it in."""

from pathlib import Path

from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.normalizers import NFC, Lowercase, Replace
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import ByteLevel, Split
from tokenizers.pre_tokenizers import Sequence as PreTokenizers
from tokenizers.processors import RobertaProcessing

from onevec.errors import ModelFileError

FILES = ("vocab.json", "merges.txt")
START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""What is one word, as in openai/CLIP's simple_tokenizer.py."""


def read_clip_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a folder that has no tokenizer.json.

    Raises:
        ModelFileError: one of the two files is missing or corrupt, or they are not of a CLIP.
    """
    vocabulary, merges = (str(folder / name) for name in FILES)
    try:
        model = BPE.from_file(
            vocabulary, merges, unk_token=END, continuing_subword_prefix="", end_of_word_suffix="</w>"
        )
    except Exception as exc:  # the library raises nothing narrower
        raise ModelFileError(f"{vocabulary} and {merges} are not a tokenizer that can be read: {exc}") from exc
    tokenizer = Tokenizer(model)
    start, end = (tokenizer.token_to_id(token) for token in (START, END))
    if start is None or end is None:
        raise ModelFileError(f"{vocabulary} has no {START} or no {END}: it is not of a CLIP", value=vocabulary)
    tokenizer.normalizer = Normalizers([NFC(), Replace(Regex(r"\s+"), " "), Lowercase()])
    words = Split(Regex(WORDS), behavior="removed", invert=True)
    tokenizer.pre_tokenizer = PreTokenizers([words, ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens([START, END])
    tokenizer.post_processor = RobertaProcessing((END, end), (START, start), trim_offsets=False, add_prefix_space=False)
    return tokenizer
