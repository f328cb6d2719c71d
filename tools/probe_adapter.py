"""Print the GPU adapter that the package would choose; exit 1 when there is none with a modern API."""

from __future__ import annotations

import sys

from wavyte_gpu.render.gpu.device import describe_adapters


def main() -> int:
    """Ask the package.

    Returns:
        0 and one line on stdout, or 1. OpenGL alone does not count: a Vulkan driver is worth installing then.
    """
    chosen = next((report.info for report in describe_adapters() if report.chosen), None)
    if chosen is None or chosen.api == "OpenGL":
        return 1
    print(chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
