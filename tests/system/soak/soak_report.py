"""What a soak came to, for people (a table) and for the scorecard (JSON)."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.system.soak.run import CROWD, DROPS, SLOTS, Soak
from tests.system.soak.troubles import KINDS
from tests.system.soak.verdict import Evidence, accounts, lost, paid_twice, word_of

REPORT = Path("build/soak.json")


def facts_of(soak: Soak, evidence: Evidence) -> dict[str, Any]:
    """Figures by name; sums of money are decimal strings in USD."""
    sums = accounts(evidence)
    parked = [drop for drop in soak.stack.records("drop#") if "parked_times" in drop]
    return {
        "drops": DROPS,
        "crowd": CROWD,
        "notified": len(evidence.events),
        "seconds": round(soak.seconds),
        "faults": len(soak.troubles),
        "kinds": {kind: _kind(kind, soak, evidence) for kind in KINDS},
        "ends": dict(Counter(word_of(evidence.last(key)) for key in evidence.prompts)),
        "parked": len(parked),
        "peak_active": soak.upstream.state["peak_active"],
        "slots": SLOTS,
        "paid_twice": len(paid_twice(evidence)),
        "lost": len(lost(evidence)),
        "ours_usd": str(sums.recorded + sums.unknown),
        "unknown_usd": str(sums.unknown),
        "ledger_usd": str(sums.ledger),
    }


def write(facts: dict[str, Any]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(facts, indent=2) + "\n")


def text(facts: dict[str, Any]) -> str:
    lines = [f"{'fault':28} {'drops':>5} {'strikes':>7}  came to"]
    for kind, of in facts["kinds"].items():
        ends = ", ".join(f"{word} {count}" for word, count in of["ends"].items())
        lines.append(f"{kind:28} {of['drops']:>5} {of['strikes']:>7}  {ends}")
    lines += [
        f"{facts['drops']} drops in {facts['seconds']} s, {facts['faults']} with faults: {facts['ends']}",
        f"then {facts['crowd']} at once with slow tasks; {facts['parked']} of all were parked for a while",
        f"at most {facts['peak_active']} active in {facts['slots']} slots",
        f"paid twice {facts['paid_twice']}, lost {facts['lost']}",
        f"ours ${facts['ours_usd']}, ${facts['unknown_usd']} of it in doubt; the ledger ${facts['ledger_usd']}",
    ]
    return "\n".join(["", *lines])


def _kind(kind: str, soak: Soak, evidence: Evidence) -> dict[str, Any]:
    keys = [key for key, trouble in soak.troubles.items() if kind in trouble.kinds]
    ends = Counter(word_of(evidence.last(key)) for key in keys)
    return {"drops": len(keys), "strikes": soak.upstream.state["strikes"].get(kind, 0), "ends": dict(ends)}
