"use strict";
// Draws the charts of the page from one copy of the data, filters its tables (sorting.js sorts them).
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const filterForm = document.getElementById("filters");
  const methodButtons = [...filterForm.querySelectorAll("button.method")];
  const shownMethod = document.getElementById("shown-method");
  const FILTERS = ["species", "dataset", "trait", "scheme"];

  // --- data: columns of numbers, or of codes (or runs of codes and their lengths) into their levels -> rows

  function valuesOfColumn({ levels, codes, runs }) {
    if (codes) return codes.map((code) => levels[code]);
    const values = [];
    for (let place = 0; place < runs.length; place += 2) {
      for (let left = runs[place + 1]; left > 0; left -= 1) values.push(levels[runs[place]]);
    }
    return values;
  }

  const rowsOf = {};
  function rows(name) {
    if (!(name in rowsOf)) {
      const columns = Object.entries(page.tables[name]).map(([key, column]) => [
        key,
        Array.isArray(column) ? column : valuesOfColumn(column),
      ]);
      const length = columns.length ? columns[0][1].length : 0;
      rowsOf[name] = Array.from({ length }, (_, row) =>
        Object.fromEntries(columns.map(([key, values]) => [key, values[row]])));
    }
    return rowsOf[name];
  }

  // --- what the filter lets through

  const chosen = {};
  let methods = new Set(page.labels);

  function readFilter() {
    for (const key of FILTERS) chosen[key] = filterForm.elements[key].value;
    methods = new Set(methodButtons
      .filter((button) => button.getAttribute("aria-pressed") === "true")
      .map((button) => button.dataset.label));
  }

  // What a table or a panel does not tell apart, the filter does not hide; nor models of a study alone.
  const told = (value) => value !== undefined && value !== null && value !== "";
  const passes = (item) =>
    FILTERS.every((key) => !chosen[key] || !told(item[key]) || item[key] === chosen[key]) &&
    (!told(item.label) || methods.has(item.label) || !page.labels.includes(item.label));

  // --- names and highlights of models: an attribute of the page, so that one that is saved keeps them

  const view = { names: {}, highlighted: [], ...JSON.parse(document.documentElement.dataset.view || "{}") };
  const nameOf = (label) => view.names[label] || label;
  const PALE = "#c3c7cb";
  const named = [
    ...[...document.querySelectorAll(".symbol")].map(({ nextSibling: node }) => ({ node, label: node?.data })),
    ...[...document.querySelectorAll("[data-model]")].map((node) => ({ node, label: node.textContent })),
  ].filter(({ label }) => page.labels.includes(label));

  function showNames(name = nameOf) {
    for (const { node, label } of named) node.textContent = name(label);
  }

  // The specification of a chart with the names that the reader gave, and pale models that are not highlighted.
  function dressed(spec) {
    let text = JSON.stringify(spec);
    for (const [label, name] of Object.entries(view.names)) {
      text = text.replaceAll(JSON.stringify(label), JSON.stringify(name));
    }
    const made = JSON.parse(text);
    const strong = new Set(view.highlighted.map(nameOf));
    for (const scale of made.scales ?? []) {
      const coloured = Array.isArray(scale.range) && String(scale.range[0]).startsWith("#");
      if (strong.size && coloured && page.labels.map(nameOf).includes(scale.domain[0])) {
        scale.range = scale.range.map((colour, place) => (strong.has(scale.domain[place]) ? colour : PALE));
      }
    }
    return made;
  }

  // --- charts: one view a panel, drawn when it comes near the window

  const panels = [...document.querySelectorAll("[data-figure] .panel")].map((element) => ({
    element,
    chart: element.querySelector(".chart"),
    name: element.closest("[data-figure]").dataset.figure,
    figure: page.figures[element.closest("[data-figure]").dataset.figure],
    near: false,
    stale: true,
    view: null,
  }));

  function rowsFor(panel, name) {
    const keys = { ...panel.element.dataset };
    return rows(name).filter((row) =>
      Object.keys(keys).every((key) => row[key] === undefined || row[key] === keys[key]) && passes(row))
      .map((row) => (row.label in view.names ? { ...row, label: nameOf(row.label) } : row));
  }

  async function draw(panel) {
    if (!panel.stale || panel.element.hidden) return;
    panel.stale = false;
    const { specs, tables } = panel.figure;
    const choice = document.querySelector(`select[data-choice="${panel.name}"]`);
    const spec = dressed(choice ? specs[choice.value] : Object.values(specs)[0]);
    const data = spec.data.map((table) =>
      tables.includes(table.name) ? { ...table, values: rowsFor(panel, table.name) } : table);
    if (panel.view) panel.view.finalize();
    panel.view = await window.vegaEmbed(panel.chart, { ...spec, data }, {
      mode: "vega",
      actions: false,
      renderer: "svg",
      tooltip: { theme: "custom" },
    });
  }

  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const panel = panels.find((candidate) => candidate.element === entry.target);
      panel.near = entry.isIntersecting;
      if (panel.near) draw(panel);
    }
  }, { rootMargin: "600px" });

  function redraw(name) {
    for (const panel of panels) {
      if (name && panel.name !== name) continue;
      panel.stale = true;
      if (panel.near) draw(panel);
    }
  }

  // A printed page holds every chart, seen or not.
  window.addEventListener("beforeprint", () => panels.forEach(draw));

  // --- filtering

  const filtered = [...document.querySelectorAll("main tr[data-species], main .panel, main th[data-scheme], main td[data-scheme]")];
  const cells = [...document.querySelectorAll("#summary tbody tr")].map((row) => row.dataset);

  function apply() {
    readFilter();
    for (const element of filtered) {
      const keys = { ...element.dataset };
      if (element.closest("[data-figure='predictions']")) delete keys.label;
      element.hidden = !passes(keys);
    }
    for (const group of document.querySelectorAll(".panels")) {
      group.querySelector(".empty").hidden = [...group.querySelectorAll(".panel")].some((panel) => !panel.hidden);
    }
    // Offer only what the other choices leave.
    for (const key of FILTERS) {
      for (const option of filterForm.elements[key].options) {
        option.disabled = option.value !== "" && !cells.some((cell) => cell[key] === option.value &&
          FILTERS.every((other) => other === key || !chosen[other] || cell[other] === chosen[other]));
      }
    }
    for (const row of document.querySelectorAll("main tr[data-label]")) {
      const { label } = row.dataset;
      row.classList.toggle("faded", view.highlighted.length > 0 && page.labels.includes(label) &&
        !view.highlighted.includes(label));
    }
    const count = cells.filter((cell) => passes(cell)).length;
    document.getElementById("shown").textContent =
      count === cells.length ? "" : `${count} of ${cells.length} results shown`;
    redraw();
  }

  filterForm.addEventListener("change", apply);
  filterForm.addEventListener("submit", (event) => event.preventDefault());
  filterForm.addEventListener("reset", () => {
    for (const button of methodButtons) button.setAttribute("aria-pressed", "true");
    setTimeout(apply); // after the form has reset its lists
  });
  for (const button of methodButtons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }

  for (const item of document.querySelectorAll(".toolbox li")) {
    const { label } = item.dataset;
    const [field, button] = [item.querySelector("input"), item.querySelector("button")];
    field.value = nameOf(label);
    button.setAttribute("aria-pressed", String(view.highlighted.includes(label)));
    field.addEventListener("change", () => {
      delete view.names[label];
      if (field.value.trim() && field.value.trim() !== label) view.names[label] = field.value.trim();
      showNames();
      apply();
    });
    button.addEventListener("click", () => {
      const others = view.highlighted.filter((other) => other !== label);
      view.highlighted = others.length < view.highlighted.length ? others : [...others, label];
      button.setAttribute("aria-pressed", String(view.highlighted.includes(label)));
      apply();
    });
  }

  // The page as it came, with what the reader chose: charts are drawn anew where it is opened.
  document.getElementById("save-page").addEventListener("click", () => {
    document.documentElement.dataset.view = JSON.stringify(view);
    showNames((label) => label);
    const copy = document.documentElement.cloneNode(true);
    showNames();
    for (const chart of copy.querySelectorAll(".chart")) chart.replaceChildren();
    for (const added of copy.querySelectorAll("#vg-tooltip-element, #vega-embed-style")) added.remove();
    save("report.html", new Blob([`<!doctype html>\n${copy.outerHTML}`], { type: "text/html" }));
  });

  if (shownMethod) {
    const ofOneMethod = ["predictions", "calibration"];
    const show = () => {
      for (const panel of panels) {
        if (ofOneMethod.includes(panel.name)) panel.element.dataset.label = shownMethod.value;
      }
      ofOneMethod.forEach((name) => redraw(name));
    };
    shownMethod.addEventListener("change", show);
    show();
  }

  for (const box of document.querySelectorAll("input.wider")) {
    box.addEventListener("change", () => {
      document.getElementById(box.dataset.widens).classList.toggle("wide", box.checked);
    });
  }

  for (const choice of document.querySelectorAll("select[data-choice]")) {
    choice.addEventListener("change", () => redraw(choice.dataset.choice));
  }

  // --- what is shown as files: tables and data of figures as CSV, figures as pictures

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const DOTS = 300 / 96; // of a PNG in a pixel of the page: 300 dpi
  const escaped = (text) => new Option(text).innerHTML;

  // All panels of a figure that are shown, where they stand, in dark ink on white.
  async function picture(name) {
    const shown = panels.filter((panel) => panel.name === name && !panel.element.hidden);
    await Promise.all(shown.map(draw));
    const ground = document.querySelector(`[data-figure="${name}"]`).getBoundingClientRect();
    const parts = await Promise.all(shown.map(async (panel) => {
      const [title, place] = [panel.element.querySelector("h3"), panel.chart.getBoundingClientRect()];
      const top = title.getBoundingClientRect().top - ground.top + 15;
      const left = place.left - ground.left;
      const drawn = await panel.view.view.toSVG();
      return `<text x="${left}" y="${top}" font-size="13" font-weight="600">${escaped(title.textContent)}</text>` +
        drawn.replace("<svg ", `<svg x="${left}" y="${place.top - ground.top}" `);
    }));
    const [width, height] = [Math.ceil(ground.width), Math.ceil(ground.height)];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" color="#1c2126" ` +
      `fill="#1c2126" font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>`;
    return { svg, width, height };
  }

  async function saveImage(name, kind) {
    const { svg, width, height } = await picture(name);
    if (kind === "svg") {
      save(`${name}.svg`, new Blob([svg], { type: "image/svg+xml" }));
      return;
    }
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {
      width: width * DOTS,
      height: height * DOTS,
    });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(`${name}.png`, blob));
  }

  function download(name, lines) {
    const quoted = (value) => {
      const text = told(value) ? String(value).replaceAll("\u00a0", " ") : "NA";
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const text = lines.map((line) => line.map(quoted).join(",") + "\n").join("");
    save(`${name}.csv`, new Blob([text], { type: "text/csv" }));
  }

  // Columns with two values in a cell name both.
  const columnsOf = (heading) => (heading.dataset.columns || heading.textContent.trim()).split(
    heading.dataset.columns ? " " : "\n");

  function valuesOf(cell, wanted) {
    const stored = [...cell.querySelectorAll("data")].map((element) => element.value);
    if (wanted > 1 && stored.length) {
      const rest = cell.textContent.trim().split(/\s/).pop();
      return stored.length === wanted ? stored : [...stored, rest];
    }
    return [cell.dataset.value ?? cell.textContent.trim()].concat(Array(wanted - 1).fill(""));
  }

  function linesOf(table) {
    const headings = [...table.tHead.rows[0].cells].filter((heading) => heading.id !== "follow-column");
    const lines = [headings.flatMap(columnsOf)];
    for (const row of table.tBodies[0].rows) {
      if (row.hidden) continue;
      lines.push(headings.flatMap((heading, column) =>
        valuesOf(cellAt(row, column), columnsOf(heading).length)));
    }
    return lines;
  }

  for (const button of document.querySelectorAll(".save")) {
    button.addEventListener("click", () => {
      const { table, figureData, image, kind } = button.dataset;
      if (image) {
        saveImage(image, kind);
        return;
      }
      if (table) {
        download(table, linesOf(document.getElementById(table)));
        return;
      }
      const shown = rows(page.figures[figureData].tables[0]).filter(passes);
      const columns = Object.keys(shown[0] || {});
      download(figureData, [columns, ...shown.map((row) => columns.map((column) => row[column]))]);
    });
  }

  // --- what is to be pasted elsewhere

  for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(source.textContent.trim().replace(/[ \t]+/g, " "));
        button.textContent = "copied";
      } catch {
        source.closest("details")?.setAttribute("open", "");
        getSelection().selectAllChildren(source);
        button.textContent = "selected: now copy it";
      }
    });
  }

  // --- following a number: from its row to the job, the inputs and the command behind it

  const dialog = document.getElementById("follow");

  function element(tag, content, attributes = {}) {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...[content].flat());
    return made;
  }

  function listed(pairs) {
    return element("dl", pairs.map(([term, value]) =>
      element("div", [element("dt", term), element("dd", value)])), { className: "trail" });
  }

  function follow(row) {
    const { dataset, trait, scheme, label } = row.dataset;
    const jobs = rows("provenance").filter((job) =>
      ["dataset", "trait", "scheme", "label"].every((key) => job[key] === row.dataset[key]));
    document.getElementById("follow-title").textContent = `${label} on ${dataset}, ${trait}`;
    const body = document.getElementById("follow-body");
    body.replaceChildren(listed([
      ["table", "summary.tsv; fold by fold: accuracy.tsv"],
      ["row", `dataset ${dataset}, trait ${trait}, scheme ${scheme}, model ${jobs[0]?.model ?? label}`],
    ]));
    for (const [number, job] of jobs.entries()) {
      const command = element("pre", element("code", job.command), { tabIndex: 0 });
      const facts = ["log", "predictions", "seed", "genotypes_sha256", "phenotype_sha256", "splits_sha256"]
        .map((key) => [key.replace("_sha256", ", SHA-256"), String(job[key])]);
      body.append(element("details", [
        element("summary", `repeat ${job.repeat}, block ${job.block}`), listed(facts), command,
      ], { open: number === 0 }));
    }
    dialog.showModal();
  }

  for (const button of document.querySelectorAll("button.follow")) {
    button.addEventListener("click", () => follow(button.closest("tr")));
  }

  // --- start

  showNames();
  apply();
  for (const panel of panels) observer.observe(panel.element);
})();
