// Boxes to tick, in groups that open: <fieldset data-picklist>. A search narrows them, and who is ticked is said in one
// line, since a closed group hides it. Without this script the groups are opened by hand.

// Who has no Kyrgyz keyboard types о for ө.
const LETTERS = { ө: "о", ү: "у", ң: "н", ё: "е" };
const plain = (words) => words.toLowerCase().replace(/[өүңё]/g, (letter) => LETTERS[letter]).trim();

for (const list of document.querySelectorAll("[data-picklist]")) {
  const search = list.querySelector("input[type=search]");
  const said = list.querySelector("[role=status]");
  const parts = [...list.querySelectorAll("details")].map((box) => ({
    box,
    rows: [...box.querySelectorAll("li")].map((row) => ({
      row,
      name: row.textContent.trim(),
      key: plain(row.textContent),
      tick: row.querySelector("input"),
    })),
  }));
  let opened = null; // which groups stood open before the search

  function tell(found = true) {
    const names = parts.flatMap(({ rows }) => rows.filter(({ tick }) => tick.checked).map(({ name }) => name));
    const chosen = names.length ? list.dataset.textChosen.replace("{names}", names.join(", ")) : "";
    said.textContent = found ? chosen : list.dataset.textNobody;
  }

  function narrow() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    if (words.length) opened ??= new Map(parts.map(({ box }) => [box, box.open]));
    let found = 0;
    for (const { box, rows } of parts) {
      let here = 0;
      for (const { row, key } of rows) {
        row.hidden = !words.every((word) => key.includes(word));
        here += row.hidden ? 0 : 1;
      }
      box.hidden = here === 0;
      if (words.length) box.open = here > 0;
      else if (opened) box.open = opened.get(box) || rows.some(({ tick }) => tick.checked);
      found += here;
    }
    if (!words.length) opened = null;
    tell(found > 0);
  }

  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    // Enter in a search sends no form.
    if (event.key === "Enter") event.preventDefault();
  });
  list.addEventListener("change", () => tell());
  narrow();
}
