"""Command lines as a page shows them."""

import click
import pytest

from sessions import Step, session, steps

from .commands import onevec, parse, run
from .outputs import check_said, matches
from .servers import ADDRESS, Page


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("one\ntwo", ["one", "two"]),
        ("\n# a comment\none", ["# a comment", "one"]),
        ("one \\\n  --long", ["one \\\n  --long"]),
        ("one 'of\ntwo lines'\ntwo", ["one 'of\ntwo lines'", "two"]),
        ("cat > a <<'END'\nit's\nEND\ntwo", ["cat > a <<'END'\nit's\nEND", "two"]),
    ],
)
def test_a_command_ends_where_a_shell_would_run_it(text, commands):
    assert [step.command for step in steps(text)] == commands


def test_a_command_that_does_not_end_is_refused():
    with pytest.raises(ValueError, match="does not end"):
        list(steps("one 'of"))


def test_an_output_belongs_to_the_command_above_it():
    assert [*session("$ one\n1\n\n2\n$ two \\\n  --long\n$ three\n3\n")] == [
        Step("one", "1\n\n2"),
        Step("two \\\n  --long", None),
        Step("three", "3"),
    ]


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("3 rows", "3   rows\n", True),
        ("3 rows", "30 rows", False),
        ("took … s", "took 0.53 s", True),
        ("a … c", "a\nb\nc", True),
        ("a … c", "a b", False),
        ('{"id": "…", "n": 1}', '{"id":"7","n":1}', True),
        ('{"id": "…", "n": 1}', '{"id":"7","n":2}', False),
        ("score 0.4073", "score 0.4077", True),
        ("score 0.4073", "score 0.5077", False),
        ("score -0.07", "score 0.07", False),
        ("a ▁▅█ b", "a ▂▅█ b", True),
    ],
)
def test_what_is_printed_is_held_against_the_page(said, printed, same):
    assert matches(said, printed) is same


def test_a_comment_with_an_arrow_is_what_is_printed():
    check_said("print(1)    # → 1", "1\n")
    with pytest.raises(AssertionError, match="are what the program prints"):
        check_said("print(1)    # → 2", "1\n")


def test_our_command_runs_in_this_process():
    status, printed = onevec(["onevec", "space", "openai:text-embedding-3-small"])

    assert (status, printed.strip()) == (0, "openai:text-embedding-3-small/1536/normalized")


def test_our_command_may_fail():
    status, printed = onevec(["onevec", "embed", "-m", "nobody:model", "a"])

    assert status == 2
    assert printed.startswith("onevec: no provider is named 'nobody'")


def test_a_page_that_shows_another_output_fails():
    with pytest.raises(AssertionError, match="the page shows"):
        run(Step("onevec space local:all-minilm-l6-v2", "another space"), Page(ADDRESS))


def test_a_command_that_fails_without_a_word_on_the_page_fails():
    with pytest.raises(AssertionError, match="no provider is named"):
        run(Step("onevec embed -m nobody:model a"), Page(ADDRESS))


def test_a_program_that_nobody_has_decided_on_is_refused():
    with pytest.raises(KeyError, match="rm"):
        run(Step("rm -r folder"), Page(ADDRESS))


def test_options_that_are_not_there_are_found_without_running():
    parse(["serve", "--port", "9000"])
    parse(["usage", "--by", "day", ">", "file"])
    parse(["space", "diff", "one", "other;", "echo", "$?"])
    with pytest.raises(click.NoSuchOption):
        parse(["serve", "--prot", "9000"])
