"""Render the scenes of tests/truth/browser_scenes.py by headless Chromium into tests/truth/browser/NAME.png.

    python tools/browser_truth.py [--browser PROGRAM]

The pictures are kept, so that the comparison runs where no browser is installed. Prints each scene's greatest and mean difference from
ours, in steps of 1/255.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.truth.browser_scenes import SIZE, scenes  # noqa: E402
from tests.truth.test_browser import difference_of  # noqa: E402

STYLE = "position:relative;margin:0;background:#fff;width:{}px;height:{}px;overflow:hidden"
PAGE = f"<!doctype html><html><body style='{STYLE}'>{{}}</body></html>"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", default="chromium")
    browser = parser.parse_args().browser
    out = ROOT / "tests" / "truth" / "browser"
    out.mkdir(exist_ok=True)
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        for scene in scenes():
            page, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
            page.write_text(PAGE.format(*SIZE, scene.html), encoding="utf-8")
            subprocess.run(
                [
                    *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                    *("--force-color-profile=srgb", "--force-device-scale-factor=1", "--window-size=800,600"),
                    *(f"--screenshot={shot}", page.as_uri()),
                ],
                check=True,
                capture_output=True,
                timeout=60,
            )
            Image.open(shot).convert("RGB").crop((0, 0, *SIZE)).save(out / f"{scene.name}.png", optimize=True)
            difference = difference_of(scene)
            print(f"{scene.name}: {difference.max()}, {difference.mean():.2f}")


if __name__ == "__main__":
    main()
