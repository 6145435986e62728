"""A section of the report is one new folder."""

import json
import re

from tests.unit.report_fixture import CONFIG, write_results, write_trust

SECTION = '''"""How many samples each dataset has."""

from dnngp.report.results import records
from dnngp.report.section import Section


def context(results):
    return {"counts": records(results["heritability"].groupby("dataset")["n"].max().reset_index())}


SECTION = Section("sizes", "Sizes", 45, ("heritability",), context)
'''
TEMPLATE = """<section id="sizes" aria-labelledby="sizes-title">
  <h2 id="sizes-title">Samples</h2>
  {% for row in counts %}<p>{{ row.dataset }}: {{ number(row.n, "{:d}") }}</p>{% endfor %}
</section>
"""
BUILD = """
import json, sys
from pathlib import Path
from dnngp import report
results, config = Path(sys.argv[1]), json.loads(sys.argv[2])
report.Figure.svg = report.Figure.specifications = lambda figure: ""  # the page alone
report.Figure.png = lambda figure, svg: b""
report.build(results, results / "report" / "index.html", config=config, title="t")
"""


def test_a_section_of_the_report_is_one_folder(project, tmp_path):
    project.add("report/sections/sizes/__init__.py", SECTION)
    project.add("report/sections/sizes/template.html.j2", TEMPLATE)
    results = write_results(tmp_path / "results")
    write_trust(results)
    done = project.python("-c", BUILD, results, json.dumps(CONFIG))
    assert done.returncode == 0, done.stderr
    text = (results / "report" / "index.html").read_text()
    contents = re.findall(r'<li><a href="#(\w+)">', text)
    sections = re.findall(r'<section id="(\w+)"', text)
    assert contents == sections
    assert "sizes" in sections[1:-1]
    assert 'oats: <data value="80">80</data>' in text
    assert "| Sizes | How many samples each dataset has. | `heritability` |" in project.page(
        "report_sections"
    )
