"""Does a server keep the contract of an embeddings API? Tables of checks, a pure judgement for each, and a driver.

>>> from onevec.conformance import CONTRACTS, Heard, judged
>>> from onevec.exchange import HttpReply
>>> row = next(one for one in CONTRACTS["azure"].checks if one.name == "answer.index")
>>> reply = HttpReply(200, {}, b'{"data": [{"index": 1, "embedding": [0.5]}]}')
>>> print(judged(row, [Heard(row.asks[0], reply)]).findings[0])
$.data[0].index: expected 0, found 1
"""

from onevec.conformance.asks import Ask
from onevec.conformance.checking import acheck, check
from onevec.conformance.contract import Contract
from onevec.conformance.contracts import CONTRACTS, chosen
from onevec.conformance.report import Report
from onevec.conformance.rows import Check, Finding, Heard, Level, Outcome, Status, judged

__all__ = [
    "CONTRACTS",
    "Ask",
    "Check",
    "Contract",
    "Finding",
    "Heard",
    "Level",
    "Outcome",
    "Report",
    "Status",
    "acheck",
    "check",
    "chosen",
    "judged",
]
