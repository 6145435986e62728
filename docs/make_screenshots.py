"""Renew the pictures of the report in docs/images from a finished run of the demo.

./run && python docs/make_screenshots.py [PAGE]

Needs Chromium and its driver (Debian: chromium-driver).
"""

import base64
import shutil
import sys
import time
from pathlib import Path

from selenium import webdriver

ROOT = Path(__file__).parents[1]
#: What is shown: name of the picture, and the element at whose top it begins.
SHOTS = {"report": "body", "report-comparison": "#comparison", "report-new-samples": "#new_samples"}
WIDTH, HEIGHT = 1280, 800


def main(page):
    """Write a PNG for every shot."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.set_window_size(WIDTH, 30_000)  # every chart is near the window, and is drawn
        browser.get(page.resolve().as_uri())
        wait_for_charts(browser)
        for name, element in SHOTS.items():
            picture = shot(browser, element)
            (ROOT / "docs" / "images" / f"{name}.png").write_bytes(picture)
    finally:
        browser.quit()


def wait_for_charts(browser, seconds=60):
    """Return when every chart is drawn."""
    for _ in range(seconds):
        if not browser.execute_script("return document.querySelectorAll('.chart:not(:has(svg))').length"):
            return
        time.sleep(1)
    sys.exit("The charts were not drawn.")


def shot(browser, element):
    """PNG of the page from an element on."""
    top = browser.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY", element
    )
    clip = {"x": 0, "y": top, "width": WIDTH, "height": HEIGHT, "scale": 1}
    made = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    return base64.b64decode(made["data"])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results" / "report" / "index.html")
