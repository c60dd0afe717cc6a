import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.engine.sources import BUNDLED
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ModelFileError

TOKENIZER = ModelTokenizer.read(BUNDLED / "tokenizer.json")
LONG = "unbelievable embeddings, naïve cafés — 数据库 " * 40


def test_special_tokens_are_counted():
    assert TOKENIZER.encode(["hello"]) == [[101, 7592, 102]]
    assert TOKENIZER.count(["hello", "", LONG]) == [3, 2, len(TOKENIZER.encode([LONG])[0])]
    assert (TOKENIZER.prefix, TOKENIZER.suffix, TOKENIZER.vocabulary) == ([101], [102], 30522)


@given(limit=st.integers(2, 200))
def test_a_cut_keeps_the_marks_of_beginning_and_end(limit):
    [ids] = TOKENIZER.encode([LONG])

    cut = TOKENIZER.cut(ids, limit)

    assert cut == [*ids[: limit - 1], 102]


@given(text=st.text(max_size=60), limit=st.integers(2, 40))
def test_a_truncated_text_is_a_beginning_that_fits(text, limit):
    short = TOKENIZER.truncate(text, limit)

    assert text.startswith(short)
    assert TOKENIZER.count([short])[0] <= limit


@given(limit=st.integers(3, 100))
def test_a_truncated_text_uses_its_room(limit):
    """All but what the rest of one word may take."""
    assert TOKENIZER.count([TOKENIZER.truncate(LONG, limit)])[0] >= limit - 4


def test_limits_in_the_file_are_switched_off(golden, tmp_path):
    text = (BUNDLED / "tokenizer.json").read_text(encoding="utf-8")
    limits = (
        '"truncation":{"max_length":8,"strategy":"LongestFirst","stride":0,"direction":"Right"},'
        '"padding":{"strategy":{"Fixed":8},"direction":"Right","pad_to_multiple_of":null,'
        '"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"}'
    )
    assert '"truncation":null,"padding":null' in text
    (tmp_path / "tokenizer.json").write_text(text.replace('"truncation":null,"padding":null', limits), encoding="utf-8")
    limited = ModelTokenizer.read(tmp_path / "tokenizer.json")

    assert limited.count(["hello", LONG]) == TOKENIZER.count(["hello", LONG])


def test_lower_case_may_be_asked_for(tmp_path):
    text = (BUNDLED / "tokenizer.json").read_text(encoding="utf-8").replace('"lowercase":true', '"lowercase":false')
    (tmp_path / "tokenizer.json").write_text(text, encoding="utf-8")
    cased = ModelTokenizer.read(tmp_path / "tokenizer.json")
    lower = ModelTokenizer.read(tmp_path / "tokenizer.json", lower_case=True)

    assert cased.encode(["HELLO"]) != TOKENIZER.encode(["HELLO"])
    assert lower.encode(["HELLO"]) == TOKENIZER.encode(["HELLO"])


def test_a_file_that_is_no_tokenizer(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(ModelFileError, match=r"tokenizer\.json is not a tokenizer"):
        ModelTokenizer.read(tmp_path / "tokenizer.json")
