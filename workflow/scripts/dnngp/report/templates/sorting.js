"use strict";
// Sorts a table by a click on a heading: by the stored value where there is one; missing values last.

// A failed result spans several columns.
function cellAt(row, column) {
  let start = 0;
  for (const cell of row.cells) {
    start += cell.colSpan;
    if (column < start) return cell;
  }
  return row.cells[row.cells.length - 1];
}

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  for (const [column, heading] of headings.entries()) {
    const button = heading.querySelector("button");
    if (!button) continue;
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
