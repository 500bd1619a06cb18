// Blocks of the journal's grid: selecting, copying to and from a spreadsheet, undoing; filters and the lessons' figures.
//
// grid.js hands over what it knows (`sheet`) and calls back `onMoved`, `onKey`, `recount`. Nothing here talks to the server:
// what a paste or an undo enters goes the way of every typed mark.

const ABSENT = "кж";
const ACTS = 50; // how many acts can be undone

const write = (cell, said) => {
  if (cell.textContent !== said) cell.textContent = said;
};

/** A pasted text as rows of texts: tabs and lines, quotes as spreadsheets write them. */
export function readTable(source) {
  const rows = [[""]];
  let quoted = false;
  const text = source.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const line = rows.at(-1);
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') {
        line[line.length - 1] += sign;
        at += 1;
      } else if (sign === '"') quoted = false;
      else line[line.length - 1] += sign;
    } else if (sign === '"' && line.at(-1) === "") quoted = true;
    else if (sign === "\t") line.push("");
    else if (sign === "\n") rows.push([""]);
    else line[line.length - 1] += sign;
  }
  return rows;
}

/** What a pasted text means in a cell: a value of the marks API, null to leave the cell alone, undefined for no mark. */
export function readMark(source, grades) {
  const text = source.replace(/ /g, " ").trim();
  if (text === "") return null;
  if (/^[кk][жz]?$/i.test(text) || /^ж$/i.test(text)) return ABSENT;
  if (text === "+" || text === "✓") return "+";
  const grade = text.match(/^([0-5])(?:[.,]0+)?$/)?.[1];
  return grade !== undefined && grades.includes(grade) ? grade : undefined;
}

export class Acts {
  constructor() {
    this.done = [];
    this.open = null;
    this.undoing = false;
  }

  /** All entries made inside `work` are one act. */
  together(work) {
    if (this.open || this.undoing) return work();
    this.open = [];
    try {
      return work();
    } finally {
      if (this.open.length) this.done.push(this.open);
      if (this.done.length > ACTS) this.done.shift();
      this.open = null;
    }
  }

  note(entry) {
    if (this.undoing) return;
    if (this.open) this.open.push(entry);
    else this.together(() => this.open.push(entry));
  }

  /** Take the last act back: `back(entry)` says whether it did. How many cells went back, null where nothing was done. */
  undo(back) {
    const act = this.done.pop();
    if (!act) return null;
    this.undoing = true;
    try {
      return act.reverse().filter(back).length;
    } finally {
      this.undoing = false;
    }
  }
}

export function equip(sheet) {
  const { table, grid, rows, place, heads, text, fill, say } = sheet;
  const wrap = table.parentElement;
  const paste = document.getElementById("jgrid-paste");
  const filters = document.getElementById("jgrid-filters");
  let anchor = null;
  let selected = [];

  // ---------------------------------------------------------------- selecting
  const isShown = (cell) => !cell.hidden && !cell.parentElement.hidden;

  function clear() {
    for (const cell of selected) {
      cell.classList.remove("is-selected");
      cell.removeAttribute("aria-selected");
    }
    selected = [];
  }

  /** The cells between two corners, row by row, without hidden ones. */
  function block(from, to) {
    const [top, bottom] = [place.get(from)[0], place.get(to)[0]].sort((a, b) => a - b);
    const [left, right] = [place.get(from)[1], place.get(to)[1]].sort((a, b) => a - b);
    return grid
      .slice(top, bottom + 1)
      .map((cells) => cells.slice(left, right + 1).filter(isShown))
      .filter((cells) => cells.length);
  }

  function select(from, to) {
    clear();
    anchor = from;
    if (from === to) return;
    selected = block(from, to).flat();
    for (const cell of selected) {
      cell.classList.add("is-selected");
      cell.setAttribute("aria-selected", "true");
    }
  }

  /** The selection, or the cell in hand, as rows of cells. */
  function chosen() {
    const focused = sheet.focused();
    if (!focused) return [];
    return selected.length && anchor ? block(anchor, focused) : [[focused]];
  }

  let dragging = false;
  table.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("td[data-lesson]");
    if (!cell || event.button !== 0 || event.pointerType === "touch") return;
    if (event.shiftKey && sheet.focused()) {
      event.preventDefault();
      const from = anchor ?? sheet.focused();
      sheet.moveTo(cell, { keep: true });
      select(from, cell);
    } else dragging = true;
  });
  table.addEventListener("pointerover", (event) => {
    if (!dragging || !(event.buttons & 1)) return;
    const cell = event.target.closest("td[data-lesson]");
    if (!cell || !anchor) return;
    const from = anchor;
    sheet.moveTo(cell, { keep: true });
    select(from, cell);
  });
  addEventListener("pointerup", () => {
    dragging = false;
  });

  // ---------------------------------------------------------------- copying, cutting, pasting
  const inGrid = () => table.contains(document.activeElement) && document.activeElement.matches("td[data-lesson]");
  const valueIn = (cell) => {
    const { presence, grade } = sheet.stateOf(cell);
    return presence === null ? "" : presence === "absent" ? ABSENT : grade === null ? "+" : String(grade);
  };

  document.addEventListener("copy", (event) => {
    if (!inGrid()) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", chosen().map((cells) => cells.map(valueIn).join("\t")).join("\n"));
  });

  document.addEventListener("cut", (event) => {
    if (!inGrid() || !sheet.editable) return;
    event.preventDefault();
    const cells = chosen();
    event.clipboardData.setData("text/plain", cells.map((line) => line.map(valueIn).join("\t")).join("\n"));
    sheet.acts.together(() => sheet.enter(cells.flat(), ""));
  });

  document.addEventListener("paste", (event) => {
    if (!inGrid() || !sheet.editable || paste.open) return;
    event.preventDefault();
    const source = event.clipboardData.getData("text/plain");
    if (source) propose(readTable(source));
  });

  /** The visible cells to the right of and below the corner; a single value fills the whole selection. */
  function targets(values) {
    const cells = chosen();
    if (values.length === 1 && values[0].length === 1 && cells.flat().length > 1) {
      return cells.map((line) => line.map((cell) => ({ cell, source: values[0][0] })));
    }
    const [row, column] = place.get(cells[0][0]);
    const lines = grid.slice(row).filter((line) => !line[0].parentElement.hidden);
    return values.map((line, down) => {
      const across = (lines[down] ?? []).slice(column).filter(isShown);
      return line.map((source, right) => ({ cell: across[right], source }));
    });
  }

  let proposed = [];

  function propose(values) {
    const lines = targets(values);
    proposed = [];
    const bad = [];
    const body = paste.querySelector("tbody");
    body.replaceChildren();
    for (const [number, line] of lines.entries()) {
      const shown = body.insertRow();
      const name = document.createElement("th");
      name.scope = "row";
      name.textContent = line[0]?.cell ? sheet.nameOf(line[0].cell) : "—";
      shown.append(name);
      for (const [at, { cell, source }] of line.entries()) {
        const box = shown.insertCell();
        const value = readMark(source, text.grades);
        box.textContent = source.trim() || "·";
        let reason = "";
        if (value === null) box.className = "is-left";
        else if (!cell) reason = text.textPasteOutside;
        else if (value === undefined) reason = fill(text.textPasteNoMark, { value: source.trim() });
        else if (!sheet.markFor(cell, value)) reason = sheet.whyNot(cell);
        else proposed.push({ cell, value });
        if (reason) {
          box.className = "is-bad";
          box.title = reason;
          const where = cell ? `${sheet.nameOf(cell)}, ${sheet.dateOf(cell)}` : `${number + 1} × ${at + 1}`;
          bad.push(`${where}: ${reason}`);
        }
      }
    }
    paste.querySelector("[data-good]").textContent = fill(text.textPasteGood, { good: proposed.length, bad: bad.length });
    const list = paste.querySelector("[data-bad]");
    list.replaceChildren(
      ...bad.map((sentence) => {
        const item = document.createElement("li");
        item.textContent = sentence;
        return item;
      }),
    );
    paste.querySelector("[value=take]").disabled = !proposed.length;
    paste.returnValue = "";
    paste.showModal();
  }

  paste?.addEventListener("close", () => {
    if (paste.returnValue === "take") {
      sheet.acts.together(() => {
        for (const { cell, value } of proposed) sheet.enter([cell], value);
      });
      say(fill(text.textPasted, { count: proposed.length }));
    }
    proposed = [];
    sheet.focused()?.focus({ preventScroll: true });
  });

  // ---------------------------------------------------------------- undoing
  function undo() {
    const same = (a, b) => a.presence === b.presence && a.grade === b.grade;
    const count = sheet.acts.undo(({ cell, before, after }) => {
      // What somebody else, or the server, has made of the cell meanwhile is not ours to take back.
      if (!same(sheet.stateOf(cell), after) || !sheet.canWrite(cell)) return false;
      sheet.putState(cell, before);
      return true;
    });
    say(count === null ? text.textNothingToUndo : fill(text.textUndone, { count }));
  }

  // ---------------------------------------------------------------- figures under the grid
  const FIGURES = ["mean", "5", "4", "3", "2", ABSENT];
  const foot = table.createTFoot();
  const figures = new Map();
  for (const name of FIGURES) {
    const line = foot.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.className = "jgrid-name";
    head.textContent = name === "mean" ? text.textMean : name === "2" ? "2–0" : name;
    line.append(head);
    const cells = (grid[0] ?? []).map(() => line.insertCell());
    const rest = line.insertCell();
    rest.colSpan = 3;
    rest.className = "jgrid-sum";
    figures.set(name, cells);
  }

  /** Hundredths, half up, as the server rounds. */
  const meanOf = (sum, graded) => (graded ? (Math.floor((200 * sum + graded) / (2 * graded)) / 100).toFixed(2) : "");

  /** A student's absences and mean, by what his row says. */
  function sums(row) {
    const states = grid[row].map(sheet.stateOf);
    const graded = states.map(({ grade }) => grade).filter((grade) => grade !== null);
    return {
      absences: states.filter(({ presence }) => presence === "absent").length,
      mean: meanOf(graded.reduce((sum, grade) => sum + grade, 0), graded.length),
    };
  }

  /** Count a lesson anew: its mean and how often each grade and «кж» stand. */
  function recount(column) {
    const counts = { 5: 0, 4: 0, 3: 0, 2: 0, [ABSENT]: 0 };
    let sum = 0;
    let graded = 0;
    for (const cells of grid) {
      const { presence, grade } = sheet.stateOf(cells[column]);
      if (presence === "absent") counts[ABSENT] += 1;
      if (grade === null) continue;
      sum += grade;
      graded += 1;
      counts[Math.max(2, grade)] += 1;
    }
    write(figures.get("mean")[column], meanOf(sum, graded));
    for (const name of FIGURES.slice(1)) write(figures.get(name)[column], String(counts[name] || ""));
  }
  for (let column = 0; column < (grid[0]?.length ?? 0); column += 1) recount(column);

  // ---------------------------------------------------------------- months that fold, filters
  const columns = [...heads.values()];
  const folded = new Set();
  const fillers = new Map(); // month → cells that stand for the folded one

  function monthHead(month) {
    return table.querySelector(`th[data-month-head="${month}"]`);
  }

  function filler(month) {
    if (!fillers.has(month)) {
      const first = columns.findIndex((head) => head.dataset.month === month);
      const made = [];
      for (const [line, before, tag] of [
        [columns[first].parentElement, columns[first], "th"],
        ...rows.map((row, number) => [row, grid[number][first], "td"]),
        ...[...foot.rows].map((row, number) => [row, figures.get(FIGURES[number])[first], "td"]),
      ]) {
        const box = document.createElement(tag);
        box.className = "jgrid-folded";
        box.setAttribute("aria-hidden", "true");
        line.insertBefore(box, before);
        made.push(box);
      }
      fillers.set(month, made);
    }
    return fillers.get(month);
  }

  function apply() {
    const scope = filters?.querySelector("[name=scope]")?.value ?? "";
    const unfilled = filters?.querySelector("[name=unfilled]")?.checked ?? false;
    const absent = filters?.querySelector("[name=absent]")?.checked ?? false;
    const counts = new Map();
    for (const [column, head] of columns.entries()) {
      const { month, module } = head.dataset;
      const fits =
        (!scope || scope === `month-${month}` || scope === `module-${module}`) &&
        (!unfilled || head.matches(".is-not_filled, .is-partly"));
      const shown = fits && !folded.has(month);
      head.hidden = !shown;
      for (const cells of grid) cells[column].hidden = !shown;
      for (const cells of figures.values()) cells[column].hidden = !shown;
      const known = counts.get(month) ?? [0, 0];
      counts.set(month, [known[0] + (shown ? 1 : 0), known[1] + (fits ? 1 : 0)]);
    }
    for (const [month, [shown, fits]] of counts) {
      const head = monthHead(month);
      if (!head) continue;
      const isFolded = folded.has(month) && fits > 0;
      if (isFolded || fillers.has(month)) for (const box of filler(month)) box.hidden = !isFolded;
      head.hidden = !shown && !isFolded;
      head.colSpan = Math.max(1, shown);
      head.querySelector("button")?.setAttribute("aria-expanded", String(!isFolded));
    }
    let count = 0;
    for (const row of rows) {
      row.hidden = absent && !row.querySelector("td.is-absent, td.is-makeup");
      if (!row.hidden) count += 1;
    }
    if (filters) {
      filters.querySelector("output").textContent = fill(text.textShown, {
        students: count,
        lessons: columns.filter((head) => !head.hidden).length,
      });
    }
    clear();
    const focused = sheet.focused();
    if (focused && !isShown(focused)) sheet.moveTo(grid.flat().find(isShown), { still: true });
  }

  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("button")?.closest("th[data-month-head]");
    if (!head) return;
    const month = head.dataset.monthHead;
    if (!folded.delete(month)) folded.add(month);
    apply();
  });
  filters?.addEventListener("change", apply);
  filters?.addEventListener("submit", (event) => event.preventDefault());
  if (filters) {
    // Where there is room they stand open; a phone opens them when they are wanted.
    filters.parentElement.open = matchMedia("(min-width: 768px)").matches;
    apply();
  }
  wrap.dataset.equipped = "1";

  return {
    isShown,
    recount,
    sums,
    /** The cell in hand has moved: a new anchor, no selection any more. */
    onMoved(cell) {
      clear();
      anchor = cell;
    },
    /** Keys of blocks; true where the key was one of them. */
    onKey(event, cell) {
      const { key } = event;
      const ctrl = event.ctrlKey || event.metaKey;
      if (ctrl && !event.shiftKey && event.code === "KeyZ") {
        undo();
        return true;
      }
      if (ctrl && event.code === "KeyA") {
        const shown = grid.flat().filter(isShown);
        sheet.moveTo(shown.at(-1), { keep: true });
        select(shown[0], shown.at(-1));
        return true;
      }
      const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      if (event.shiftKey && ways[key] && !ctrl) {
        const from = anchor ?? cell;
        const next = sheet.next(cell, ...ways[key]);
        sheet.moveTo(next, { keep: true });
        select(from, next);
        return true;
      }
      if ((key === "Delete" || key === "Backspace") && selected.length > 1 && sheet.editable) {
        const cells = chosen().flat();
        sheet.acts.together(() => sheet.enter(cells, ""));
        return true;
      }
      return false;
    },
  };
}
