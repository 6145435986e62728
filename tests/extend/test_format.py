"""A genotype format is one new file."""

import yaml

from dnngp.genotypes.store import Genotypes

TOY = '''
"""Toy: a marker a line, its samples in the line after the word TOY."""

from dnngp.base.files import filled_lines
from dnngp.genotypes.parsing.format import Format, source_of


def sample_ids(path, samples_in):
    return next(filled_lines(path))[1].decode().split()[1:]


def read(path, reading, sink):
    import numpy as np

    from dnngp.genotypes.store import variant_table

    samples = sample_ids(path, "auto")
    with sink.writer(samples, reading.ploidy, source_of(path, "toy")) as writer:
        for _, line in list(filled_lines(path))[1:]:
            name, calls = line.decode().split()
            writer.add(variant_table("1", 0, [name], "A", "C"), np.array([list(calls)], np.int8))
        return writer.close()


FORMAT = Format(
    name="toy",
    recognise=lambda head: head.start.startswith(b"TOY "),
    sample_ids=sample_ids,
    count_variants=lambda path, n_samples: len(list(filled_lines(path))) - 1,
    read=read,
    title="Toy text",
    recognised_by="the word TOY",
    alleles="digits count C",
)
'''


def test_a_genotype_format_is_one_file(project, tmp_path):
    project.add("genotypes/formats/toy.py", TOY)
    names = [f"plant{number}" for number in range(12)]
    calls = [("m1", "012012012012"), ("m2", "001122001122"), ("m3", "210210012012")]
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "panel").write_text(
        f"TOY {' '.join(names)}\n" + "".join(f"{name} {row}\n" for name, row in calls)
    )
    (folder / "y.csv").write_text("id,yield\n" + "".join(f"{name},{i}\n" for i, name in enumerate(names)))
    config = {
        "datasets": [{"name": "tiny", "genotypes": "panel", "phenotypes": "y.csv", "format": "toy"}],
        "methods": ["mean"],
        "cv": {"folds": 3, "schemes": ["random"]},
    }

    def write(**changes):
        config["datasets"][0] |= changes
        (folder / "config.yaml").write_text(yaml.safe_dump(config))

    write(format="toi")
    refused = project.snakemake(folder, "--dry-run")
    assert "'toi' is unknown. Did you mean 'toy'" in refused.stdout + refused.stderr
    write(format="auto")  # recognised from its content
    done = project.snakemake(folder, "results/tiny/genotypes")
    assert done.returncode == 0, done.stdout + done.stderr
    genotypes = Genotypes.load(folder / "results" / "tiny" / "genotypes")
    assert genotypes.source["format"] == "toy"
    assert genotypes.samples.tolist() == names
    assert ["".join(map(str, row)) for row in genotypes.dosages.tolist()] == [row for _, row in calls]
    write(format="toy")
    assert project.snakemake(folder, "--dry-run").returncode == 0
    assert "| Toy text | `toy` | the word TOY | digits count C | one |" in project.page("file_formats")
    assert "`toy`" in project.page("configuration")
    counted = "from dnngp.genotypes.file_formats import count_variants as c; print(c('panel', 12))"
    assert project.python("-c", f"import os; os.chdir({str(folder)!r}); {counted}").stdout == "3\n"
