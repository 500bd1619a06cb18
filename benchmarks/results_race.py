"""Typing of results against the closing of their sheet, a thousand times: threads on real connections, every total
compared with what its points come to.

Run with the servers up: .venv/bin/python -m benchmarks.results_race [--rounds 1000]
"""

import argparse
import os
import sys
import time

import pytest


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=1000)
    rounds = words.parse_args().rounds
    os.environ["RACE_ROUNDS"] = str(rounds)
    begun = time.perf_counter()
    failed = pytest.main(["tests/concurrency/test_results.py", "-q", "-s", "-k", "typed_while"])
    print(f"{rounds} rounds in {time.perf_counter() - begun:.0f} s, the making of the courses included")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
