"""How often the direction of the four-week change of a composite hangs on the weights (codebook §7.6).

    python benchmarks/sensitivity.py WORKSPACE [--conflict ID] [--weeks 52] [--draws 1000]

Reads the daily counts of a workspace (for example that of `make demo`) and varies every weight by ±50 %, one at a
time and jointly. To be published once per release; above 20 % a composite loses its arrow.
"""

import argparse
import json
from datetime import timedelta
from pathlib import Path

from tracker.bootstrap import Build
from tracker.projections import reads
from tracker.readiness.board import parties_of
from tracker.readiness.sensitivity import sensitivity
from tracker.settings import load_settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--conflict")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--draws", type=int, default=1000)
    options = parser.parse_args()
    build = Build(load_settings(options.workspace, {}))
    book, engine = build.codebook_in_force, build.engine
    conflict = options.conflict or book.conflicts[0].id
    inputs = reads.inputs(engine, conflict, book)
    if not inputs.coverage:
        parser.exit(1, f"no counts of {conflict} with codebook {book.version}: code and project first\n")
    last = max(c.day for c in inputs.coverage)
    days = [last - timedelta(weeks=n) for n in range(options.weeks - 1, -1, -1)]
    for composite in book.composites:
        for party in (None,) if composite.level == "conflict" else parties_of(book, conflict):
            found = sensitivity(inputs, book, composite, party, days, draws=options.draws)
            strongest = sorted(found.single.items(), key=lambda item: -item[1])[:3]
            print(
                json.dumps(
                    {
                        "composite": composite.id,
                        "party": party,
                        "weeks": found.weeks,
                        "joint": round(found.joint, 3),
                        "arrow": found.arrow,
                        "strongest": {name: round(share, 3) for name, share in strongest},
                    }
                )
            )


if __name__ == "__main__":
    main()
