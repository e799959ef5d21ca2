"""Days of a desk on scripted networks, one line for each: `python -m tests.simulation --help`."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from day import live
from profiles import PROFILES


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Lets a whole desk live through days on scripted networks, in virtual time, and says of "
        "each what came of it. Exits with 1 where a promise was broken.",
    )
    parser.add_argument("--seed", type=int, default=1, help="the first day's seed (1)")
    parser.add_argument("--days", type=int, default=1, help="how many days, each with the next seed (1)")
    parser.add_argument("--hours", type=float, default=24.0, help="how long a day is (24)")
    parser.add_argument(
        "--bustle", type=float, default=1.0, help="how many questions an hour on each network (1)"
    )
    parser.add_argument(
        "--trouble", type=float, default=1.0, help="how many accidents of each kind a day on each network (1)"
    )
    parser.add_argument("--most", type=int, default=5, help="how often each broken promise is told (5)")
    parser.add_argument("--only", nargs="+", metavar="NETWORK", help="only these of the networks (all)")
    parser.add_argument("--transcript", type=Path, help="write the last day's lines and log here")
    chosen = parser.parse_args()
    profiles = tuple(each for each in PROFILES if each.name in (chosen.only or (each.name,)))
    well = True
    for seed in range(chosen.seed, chosen.seed + chosen.days):
        with tempfile.TemporaryDirectory(prefix="pkgdesk-day-") as folder:
            day = live(
                seed,
                Path(folder),
                hours=chosen.hours,
                profiles=profiles,
                bustle=chosen.bustle,
                trouble=chosen.trouble,
            )
        print(day, flush=True)
        for promise, how in day.broken.items():
            print(f"  broken: {promise.value} ({len(how)} times)")
            for each in how[: chosen.most]:
                print(f"    {each}", flush=True)
        if chosen.transcript is not None:
            chosen.transcript.write_text(
                "\n".join(sorted(day.transcript, key=lambda line: line[:18])) + "\n", "utf-8"
            )
        well = well and not day.broken
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
