from onevec.cli.doctor.checks import CHECKS
from onevec.cli.doctor.findings import Asked, Check, Level, note, ok, problem
from onevec.cli.doctor.report import MARKS, summary
from onevec.errors import ConfigurationError


def examined(error):
    def gather(asked):
        raise error

    return Check("Things", gather, lambda facts: []).examine(Asked({}))


def test_facts_are_judged():
    check = Check("Things", lambda asked: asked.url, lambda url: [ok("url", url)])
    assert check.examine(Asked({}, url="http://h")) == [ok("url", "http://h")]


def test_a_fault_in_a_check_is_a_finding():
    (found,) = examined(ZeroDivisionError("by zero"))
    assert (found.level, found.subject) == (Level.PROBLEM, "things")
    assert "cannot be examined: ZeroDivisionError in test_findings.py:" in found.said
    assert "by zero" not in found.said
    (found,) = examined(ConfigurationError("set it right"))
    assert (found.level, found.said) == (Level.PROBLEM, "set it right")


def test_what_others_say_harms_no_terminal_and_no_json():
    check = Check("Things", lambda asked: asked.url, lambda url: [note(url, url, url)])
    assert check.examine(Asked({}, url="\x1b[2J\ud800")) == [note(r"\x1b[2J\ud800", r"\x1b[2J\ud800", r"\x1b[2J\ud800")]
    assert examined(ConfigurationError("\x1b[2J"))[0].said == r"\x1b[2J"


def test_every_level_has_a_mark():
    assert set(MARKS) == set(Level)


def test_titles_are_told_apart():
    assert len({check.title for check in CHECKS}) == len(CHECKS) == 9


def test_the_last_line_names_the_problems():
    assert summary({"A": [ok("x", "…"), note("y", "…")]}) == "No problem found."
    assert summary({"A": [problem("x", "…")], "B": [problem("y", "…")]}) == "2 problems: x, y"
