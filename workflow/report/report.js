"use strict";
// Draws the charts of the page from one copy of the data, filters and sorts its tables.
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const filterForm = document.getElementById("filters");
  const filterBox = filterForm.closest("details");
  const methodButtons = [...filterForm.querySelectorAll("button.method")];
  const shownMethod = document.getElementById("shown-method");
  const FILTERS = ["species", "dataset", "trait", "scheme"];

  // --- data: columns of numbers, or of codes into their levels -> rows

  const rowsOf = {};
  function rows(name) {
    if (!(name in rowsOf)) {
      const columns = Object.entries(page.tables[name]).map(([key, column]) => [
        key,
        Array.isArray(column) ? column : column.codes.map((code) => column.levels[code]),
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

  const passes = (item) =>
    FILTERS.every((key) => !chosen[key] || item[key] === undefined || item[key] === chosen[key]) &&
    (item.label === undefined || methods.has(item.label));

  // --- charts: one view a panel, drawn when it comes near the window

  const panels = [...document.querySelectorAll("[data-figure] .panel")].map((element) => ({
    element,
    chart: element.querySelector(".chart"),
    figure: page.figures[element.closest("[data-figure]").dataset.figure],
    near: false,
    stale: true,
    view: null,
  }));

  function rowsFor(panel, name) {
    const keys = { ...panel.element.dataset };
    return rows(name).filter((row) =>
      Object.keys(keys).every((key) => row[key] === undefined || row[key] === keys[key]) && passes(row));
  }

  async function draw(panel) {
    if (!panel.stale || panel.element.hidden) return;
    panel.stale = false;
    const { spec, tables } = panel.figure;
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

  function redraw() {
    for (const panel of panels) {
      panel.stale = true;
      if (panel.near) draw(panel);
    }
  }

  // A printed page holds every chart, seen or not.
  window.addEventListener("beforeprint", () => panels.forEach(draw));

  // --- filtering

  const filtered = [...document.querySelectorAll("main tr[data-species], main .panel")];
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

  if (shownMethod) {
    const shown = document.querySelectorAll("[data-figure='predictions'] .panel");
    const show = () => {
      for (const element of shown) element.dataset.label = shownMethod.value;
      for (const panel of panels) {
        if (!panel.element.closest("[data-figure='predictions']")) continue;
        panel.stale = true;
        if (panel.near) draw(panel);
      }
    };
    shownMethod.addEventListener("change", show);
    show();
  }

  // --- sorting: by the stored value where there is one; missing values last

  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    for (const [column, heading] of headings.entries()) {
      const button = heading.querySelector("button");
      button.addEventListener("click", () => {
        const numeric = button.dataset.sort === "number";
        const before = heading.getAttribute("aria-sort");
        const down = before ? before === "ascending" : numeric;
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        table.classList.add("sorted");
        const key = (row) => {
          const cell = cellAt(row, column);
          if (!numeric) return cell.textContent.trim();
          return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
        };
        const keyed = [...body.rows].map((row) => [key(row), row]);
        keyed.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return (down ? -1 : 1) * (numeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
        });
        body.append(...keyed.map(([, row]) => row));
      });
    }
  }

  // A failed result spans several columns.
  function cellAt(row, column) {
    let start = 0;
    for (const cell of row.cells) {
      start += cell.colSpan;
      if (column < start) return cell;
    }
    return row.cells[row.cells.length - 1];
  }

  // --- start

  if (window.matchMedia("(max-width: 48rem)").matches) filterBox.open = false;
  apply();
  for (const panel of panels) observer.observe(panel.element);
})();
