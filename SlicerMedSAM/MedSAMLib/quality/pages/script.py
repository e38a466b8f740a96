"""The page's one script: tables sort by a click on a column's head, outlines can be hidden.

Without it (scripts switched off, printed) the page shows the same, worst first.
"""

SCRIPT = """
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = table.querySelectorAll("thead th");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const body = table.tBodies[0];
      const rows = Array.from(body.rows);
      const value = row => row.cells[column].dataset.value;
      const isNumber = rows.some(row => row.cells[column].classList.contains("number"));
      rows.sort((a, b) => {
        const x = value(a), y = value(b);
        if (x === "" || y === "") return (x === "") - (y === "");
        const order = isNumber ? x - y : x.localeCompare(y, undefined, {numeric: true});
        return ascending ? order : -order;
      });
      body.append(...rows);
    });
  });
}
for (const box of document.querySelectorAll("input[data-hides]")) {
  const apply = () => document.body.classList.toggle("no-" + box.dataset.hides, !box.checked);
  box.addEventListener("change", apply);
  apply();
}
for (const part of document.querySelectorAll("[data-script-only]")) part.hidden = false;
addEventListener("beforeprint", () =>
  document.querySelectorAll("details").forEach(part => { part.open = true; }));
"""
