"""Print the adapters that can run compute shaders, the first one first; exit 1 when there is none."""

from __future__ import annotations

import sys


def main() -> int:
    """Ask wgpu for its adapters.

    Returns:
        0 and one line on stdout when a Vulkan, Metal or D3D12 adapter answers, otherwise 1.
    """
    try:
        import wgpu

        adapters = wgpu.gpu.enumerate_adapters_sync()
    except Exception as error:
        print(f"no adapter: {error}", file=sys.stderr)
        return 1
    infos = [adapter.info for adapter in adapters if adapter.info["backend_type"] in ("Vulkan", "Metal", "D3D12")]
    if not infos:
        return 1
    print("; ".join(f"{info['device']} ({info['backend_type']}, {info['adapter_type']})" for info in infos))
    return 0


if __name__ == "__main__":
    sys.exit(main())
