// The table of a plan by keyboard: Enter to the next row, Alt+arrows move, Ctrl+Enter splits, a copied table is
// pasted into the cells. Without this module the same buttons send the form.

const form = document.getElementById("plan-form");
const body = document.getElementById("plan-rows");
const blank = document.getElementById("plan-blank");
const COLUMNS = ["week", "module", "topic", "hours", "kinds", "self_study", "literature"];
const maxRows = Number(form.dataset.maxRows);
let changed = false;

const rowOf = (element) => element.closest?.("tr.plan-row");
const cell = (row, name) => row.querySelector(`input[name="${name}"]`);
const hoursOf = (row) => {
  const text = cell(row, "hours").value.trim();
  return /^\d{1,3}$/.test(text) ? Number(text) : 0;
};

function renumber() {
  let total = 0;
  [...body.rows].forEach((row, index) => {
    row.querySelector("[data-number]").textContent = index + 1;
    for (const button of row.querySelectorAll("[data-deed]")) button.value = `${button.dataset.deed}:${index}`;
    total += hoursOf(row);
  });
  const shown = form.querySelector("[data-total]");
  shown.textContent = total;
  shown.closest(".plan-sum").classList.toggle("is-even", total === Number(form.dataset.hours));
}

function touched() {
  changed = true;
  renumber();
}

function isFull() {
  if (body.rows.length < maxRows) return false;
  document.dispatchEvent(new CustomEvent("ej:toast", { detail: { text: form.dataset.textFull, tone: "warning" } }));
  return true;
}

function addAfter(row) {
  if (isFull()) return null;
  const fresh = blank.content.firstElementChild.cloneNode(true);
  if (row) row.after(fresh);
  else body.append(fresh);
  // A new line usually goes on in the same module.
  if (row) cell(fresh, "module").value = cell(row, "module").value;
  touched();
  return fresh;
}

function split(row) {
  const fresh = addAfter(row);
  if (!fresh) return null;
  for (const name of COLUMNS) cell(fresh, name).value = cell(row, name).value;
  const hours = hoursOf(row);
  if (hours > 1) {
    cell(row, "hours").value = hours - Math.floor(hours / 2);
    cell(fresh, "hours").value = Math.floor(hours / 2);
  } else cell(fresh, "hours").value = "";
  touched();
  return fresh;
}

function move(row, deed) {
  if (deed === "up" && row.previousElementSibling) row.previousElementSibling.before(row);
  if (deed === "down" && row.nextElementSibling) row.nextElementSibling.after(row);
  touched();
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (!body.rows.length) addAfter(null);
  touched();
  return next ?? body.rows[0];
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-deed]");
  if (!button) return;
  event.preventDefault();
  const row = rowOf(button);
  const { deed } = button.dataset;
  if (deed === "add") cell(addAfter(body.rows[body.rows.length - 1]) ?? body.rows[0], "topic").focus();
  else if (deed === "split") cell(split(row) ?? row, "topic").focus();
  else if (deed === "delete") cell(remove(row), "topic").focus();
  else {
    move(row, deed);
    button.focus();
  }
});

body.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || event.target.tagName !== "INPUT" || event.isComposing) return;
  const { name } = event.target;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    move(row, event.key === "ArrowUp" ? "up" : "down");
    event.target.focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    cell(split(row) ?? row, "topic").focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    const next = event.shiftKey ? row.previousElementSibling : (row.nextElementSibling ?? addAfter(row));
    if (next) cell(next, name).focus();
  }
});

body.addEventListener("input", touched);

// A copied table has tabulators between cells and line ends between rows; quoted cells may hold both.
function parse(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const cells = rows[rows.length - 1];
    const last = cells.length - 1;
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') {
        cells[last] += '"';
        at += 1;
      } else if (sign === '"') quoted = false;
      else cells[last] += sign;
    } else if (sign === '"' && cells[last] === "") quoted = true;
    else if (sign === "\t") cells.push("");
    else if (sign === "\n") rows.push([""]);
    else cells[last] += sign;
  }
  if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
  return rows.map((cells) => cells.map((one) => one.replace(/\s+/g, " ").trim()));
}

body.addEventListener("paste", (event) => {
  const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n");
  if (!text.includes("\t") && !text.trimEnd().includes("\n")) return;
  event.preventDefault();
  let row = rowOf(event.target);
  const first = COLUMNS.indexOf(event.target.name);
  const rows = parse(text);
  for (const [index, cells] of rows.entries()) {
    cells.slice(0, COLUMNS.length - first).forEach((value, offset) => {
      cell(row, COLUMNS[first + offset]).value = value;
    });
    if (index < rows.length - 1) {
      const next = row.nextElementSibling ?? addAfter(row);
      if (!next) break;
      row = next;
    }
  }
  touched();
  cell(row, event.target.name).focus();
});

form.addEventListener("submit", () => {
  changed = false;
});

addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

renumber();
