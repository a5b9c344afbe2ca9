"""Makes the boards of a store that nobody had followed, by two processes: `python -m tests.bench.rebuilding URL`."""

import sys

from services.runtime import spare_the_collector
from tests.bench.history import project

if __name__ == "__main__":
    spare_the_collector()
    project(sys.argv[1], processes=2)
