"""The documentation as a site: every link leads somewhere, pages can be searched, and nothing is fetched."""

import json
import os
import re
import subprocess
import sys

from tests.e2e.conftest import ROOT


def test_the_site_is_built_strictly_and_works_from_the_disk(tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    index = json.loads((tmp_path / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert "how-to/troubleshooting.html" in {entry["location"].partition("#")[0] for entry in index["docs"]}
    fetched = re.compile(r"<(?:script|img|link rel=.stylesheet)[^>]*(?:src|href)=.?(http[^\s>]*)")
    for page in tmp_path.rglob("*.html"):
        assert fetched.findall(page.read_text(encoding="utf-8")) == [], page
