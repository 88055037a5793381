"""From a file in the inbox to a verdict in the ledger."""

from mentor_dw.ingest.decide import accept, check, quarantine, rejudge, withdraw
from mentor_dw.ingest.take import Outcome, take, take_waiting

__all__ = ["Outcome", "accept", "check", "quarantine", "rejudge", "take", "take_waiting", "withdraw"]
