"""`python -m wavyte_gpu`: the command line."""

import sys

from wavyte_gpu.cli.main import entry

if __name__ == "__main__":
    sys.exit(entry())
