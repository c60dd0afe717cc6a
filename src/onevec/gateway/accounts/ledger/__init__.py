"""The ledger: who has used how much of what, summed up in memory and written to a database in batches.

A request adds to a tally, which takes a microsecond; a thread of its own writes what has come together every few
seconds. It never holds an input or a key.
"""

from onevec.gateway.accounts.ledger.ledger import Ledger
from onevec.gateway.accounts.ledger.tally import Outcome, Sums, Tally, TallyKey

__all__ = ["Ledger", "Outcome", "Sums", "Tally", "TallyKey"]
