// The grid of a journal: a <table role="grid"> of plain cells, one listener for all of them.
//
// Keys: arrows, Home, End, Ctrl+Home, Ctrl+End, PageUp, PageDown, Tab; Enter goes down and from the last student to
// the first of the next lesson; к, ж (also the keys under them on a Latin layout) «кж»; 0–5; + present; Space present or
// not looked at; Delete clears; Escape puts an unsaved or refused entry back; Alt+H the cell's history.
// Blocks: Shift with arrows or the mouse selects, Ctrl+C, X, V to and from a spreadsheet, Ctrl+Z undoes (grid-block.js).
// `?` opens the sheet of keys. On a touch screen a pad of keys stands under the grid.
//
// An entry is painted at once and saved in the background (grid-queue.js). Sentences come from data attributes.

const table = document.getElementById("jgrid");
const wrap = document.getElementById("jgrid-wrap");
const text = table.dataset;
const editable = text.editable === "1";
const message = document.getElementById("jgrid-message");
const conflicts = document.getElementById("jgrid-conflicts");
const status = document.getElementById("save-status");
const loginBox = document.getElementById("jgrid-login");
const historyDialog = document.getElementById("jgrid-history");

const ABSENT = "кж";
const ABSENT_KEYS = new Set(["к", "К", "ж", "Ж", "r", "R", ";", ":"]);

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

// ------------------------------------------------------------------ the table as rows and columns
const rows = [...table.querySelectorAll("tr[data-row]")]; // the groups of a stream have headings between
const cellsOf = (row) => [...row.cells].filter((cell) => cell.dataset.lesson);
const grid = rows.map(cellsOf);
const byKey = new Map();
const place = new Map(); // cell → [row, column]
for (const [row, cells] of grid.entries()) {
  for (const [column, cell] of cells.entries()) {
    // Who sits in two groups of a stream has an inert cell in one of them.
    if (!cell.classList.contains("is-out")) byKey.set(`${cell.dataset.lesson}:${cell.dataset.student}`, cell);
    place.set(cell, [row, column]);
  }
}
const heads = new Map([...table.tHead.querySelectorAll("th[data-column]")].map((head) => [head.dataset.column, head]));
const width = grid[0]?.length ?? 0;
const keyOf = (cell) => `${cell.dataset.lesson}:${cell.dataset.student}`;
const isOpen = (cell) => editable && !cell.classList.contains("is-locked");
const isMakeupOnly = (cell) =>
  editable && heads.get(cell.dataset.lesson)?.dataset.lock === "window_over" && (cell.classList.contains("is-absent") || cell.classList.contains("is-makeup"));
const isEmpty = (cell) => cell.classList.contains("is-empty");
const nameOf = (cell) => cell.parentElement.querySelector(".jgrid-full").textContent;
const dateOf = (cell) => heads.get(cell.dataset.lesson)?.querySelector(".jgrid-date").textContent ?? "";

// ------------------------------------------------------------------ moving
let focused = table.querySelector("td[tabindex='0']");

let blocks = null; // selecting, copying, undoing; filters

/** Take a cell in hand. `keep`: the selection grows by it; `still`: without the keyboard's focus. */
function moveTo(cell, { keep = false, still = false } = {}) {
  if (!cell) return false;
  if (!keep) blocks?.onMoved(cell);
  if (focused) focused.tabIndex = -1;
  focused = cell;
  cell.tabIndex = 0;
  if (!still) cell.focus({ preventScroll: true });
  show(cell);
  if (moduleOf(cell) !== shownModule) showPoints();
  return true;
}

/** The width of the totals where they are pinned at the right edge. */
function totalsWidth() {
  const sums = [...(rows[0]?.querySelectorAll(".jgrid-sum") ?? [])].filter((cell) => getComputedStyle(cell).position === "sticky");
  return sums.reduce((sum, cell) => sum + cell.offsetWidth, 0);
}

/** Bring a cell out from under the pinned head, names and totals. */
function show(cell) {
  const box = wrap.getBoundingClientRect();
  const at = cell.getBoundingClientRect();
  const left = box.left + (rows[0]?.cells[0].offsetWidth ?? 0);
  const top = box.top + table.tHead.offsetHeight;
  const right = box.left + wrap.clientWidth - totalsWidth();
  if (at.left < left) wrap.scrollLeft -= left - at.left + 8;
  else if (at.right > right) wrap.scrollLeft += at.right - right + 8;
  if (at.top < top) wrap.scrollTop -= top - at.top + 4;
  else if (at.bottom > box.top + wrap.clientHeight) wrap.scrollTop += at.bottom - box.top - wrap.clientHeight + 4;
}

const isShown = (cell) => !cell.hidden && !cell.parentElement.hidden;

/** The cell so many rows and columns away; the last one that is shown where the grid ends. */
function next(cell, down, right) {
  let [row, column] = place.get(cell);
  let found = cell;
  for (let steps = Math.max(Math.abs(down), Math.abs(right)); steps > 0; ) {
    row += Math.sign(down);
    column += Math.sign(right);
    const there = grid[row]?.[column];
    if (!there) break;
    if (!isShown(there)) continue;
    found = there;
    steps -= 1;
  }
  return found;
}

const step = (cell, down, right) => moveTo(next(cell, down, right));

/** The next cell that can be written: down the lesson, then from the top of the next one. */
function nextDown(cell, back) {
  let [row, column] = place.get(cell);
  const way = back ? -1 : 1;
  for (let tried = 0; tried < grid.length * width; tried += 1) {
    row += way;
    if (row < 0 || row >= grid.length) {
      column += way;
      row = back ? grid.length - 1 : 0;
      if (column < 0 || column >= width) return null;
    }
    const there = grid[row][column];
    if (isShown(there) && (!editable || isOpen(there))) return there;
  }
  return null;
}

// ------------------------------------------------------------------ painting
const confirmed = new Map(); // cell key → what the server last said, for cells with an unsaved or refused entry

function snapshot(cell) {
  return { className: cell.className, html: cell.innerHTML, title: cell.title, version: cell.dataset.version };
}

function restore(cell) {
  const was = confirmed.get(keyOf(cell));
  if (!was) return;
  cell.className = was.className;
  cell.innerHTML = was.html;
  cell.title = was.title;
  cell.dataset.version = was.version;
  confirmed.delete(keyOf(cell));
}

const WHAT = ["is-empty", "is-absent", "is-makeup", "is-excused", "is-late", "is-pending", "is-error", "is-stale", "is-saved"];

/** Draw a mark; the same as `journal_grid.py` draws it. */
function paint(cell, { presence, grade = null, late_minutes: minutes = null, makeup_on: day = null, excused = false }) {
  cell.classList.remove(...WHAT);
  cell.title = "";
  const small = document.createElement("small");
  if (presence === null) {
    cell.classList.add("is-empty");
    cell.textContent = "";
  } else if (presence === "absent") {
    cell.classList.add(grade === null ? "is-absent" : "is-makeup");
    cell.classList.toggle("is-excused", excused);
    cell.textContent = ABSENT;
    if (grade !== null) small.textContent = grade;
    if (day) cell.title = fill(text.textMakeup, { day: day.split("-").reverse().join(".") });
  } else {
    cell.textContent = grade === null ? "+" : String(grade);
    if (presence === "late") {
      cell.classList.add("is-late");
      if (minutes !== null) small.textContent = `${minutes}′`;
      cell.title = minutes === null ? text.textLate : fill(text.textLateBy, { count: minutes });
    }
  }
  if (small.textContent) cell.append(small);
}

/** What a cell says now, by how it is drawn: the shape in which the server says it. */
function stateOf(cell) {
  const { classList } = cell;
  const small = cell.querySelector("small")?.textContent ?? "";
  const own = cell.firstChild?.nodeType === Node.TEXT_NODE ? cell.firstChild.data : cell.textContent;
  if (classList.contains("is-absent") || classList.contains("is-makeup")) {
    const day = cell.title.match(/(\d\d)\.(\d\d)\.(\d{4})/);
    const grade = classList.contains("is-makeup") && small !== "" ? Number(small) : null;
    return { presence: "absent", grade, late_minutes: null, makeup_on: grade !== null && day ? `${day[3]}-${day[2]}-${day[1]}` : null };
  }
  if (own === "") return { presence: null, grade: null, late_minutes: null, makeup_on: null };
  const isLate = classList.contains("is-late");
  return { presence: isLate ? "late" : "present", grade: own === "+" ? null : Number(own), late_minutes: isLate && small ? parseInt(small, 10) : null, makeup_on: null };
}

function say(sentence) {
  message.textContent = sentence;
  message.hidden = !sentence;
}

// ------------------------------------------------------------------ entering
let queue = null;
let acts = null; // what can be undone

/** What a typed sign makes of a cell: the mark to send and the picture to paint meanwhile; null where it may not. */
function markFor(cell, value) {
  const mark = { lesson: Number(cell.dataset.lesson), student: Number(cell.dataset.student), version: Number(cell.dataset.version) };
  if (isOpen(cell)) {
    const grade = /^[0-5]$/.test(value) ? Number(value) : null;
    const wasLate = cell.classList.contains("is-late") && grade !== null;
    const minutes = wasLate ? parseInt(cell.querySelector("small")?.textContent ?? "", 10) : NaN;
    const presence = value === "" ? null : value === ABSENT ? "absent" : wasLate ? "late" : "present";
    return [{ ...mark, value }, { presence, grade, late_minutes: Number.isNaN(minutes) ? null : minutes }];
  }
  if (isMakeupOnly(cell) && /^[0-5]$/.test(value)) {
    // The days for filling are over, but an absence may still be made up.
    const makeup = { presence: "absent", grade: Number(value), makeup_on: text.today };
    return [{ ...mark, ...makeup }, makeup];
  }
  return null;
}

/** Enter one value into cells: painted at once, saved in the background. Says how many were taken. */
function enter(cells, value) {
  let taken = 0;
  const work = () => {
    for (const cell of cells) {
      const made = markFor(cell, value);
      // A cell that says it already needs no saving, and no reason.
      if (!made || (queue.pending(keyOf(cell)) === undefined && isSame(stateOf(cell), made[1]))) continue;
      put(cell, ...made);
      taken += 1;
    }
  };
  acts.together(work);
  return taken;
}

const isSame = (a, b) =>
  a.presence === b.presence && a.grade === (b.grade ?? null) && (b.late_minutes ?? null) === a.late_minutes && (b.makeup_on ?? null) === a.makeup_on;

/** Put a cell back to what it said before. */
function putState(cell, state) {
  const mark = { lesson: Number(cell.dataset.lesson), student: Number(cell.dataset.student), version: Number(cell.dataset.version) };
  if (state.presence === null) put(cell, { ...mark, value: "" }, state);
  else {
    const said = Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null));
    put(cell, { ...mark, ...said }, state);
  }
}

function put(cell, mark, picture) {
  const key = keyOf(cell);
  removeConflict(key);
  if (!confirmed.has(key)) confirmed.set(key, snapshot(cell));
  const before = stateOf(cell);
  paint(cell, picture);
  acts.note({ cell, before, after: stateOf(cell) });
  blocks.recount(place.get(cell)[1]);
  cell.classList.add("is-pending");
  say("");
  queue.put(mark);
}

function whyNot(cell) {
  const head = heads.get(cell.dataset.lesson);
  return cell.title || head?.title || "";
}

function type(cell, value) {
  if (markFor(cell, value)) enter([cell], value);
  else say(whyNot(cell));
}

function present(cell) {
  if (isEmpty(cell) || (cell.classList.contains("is-absent") && isOpen(cell))) type(cell, "+");
  else if (cell.textContent === "+" && !cell.classList.contains("is-late")) type(cell, "");
}

/** Fill only the cells at which nobody has looked: an absence or a grade stays. */
function allPresent(lesson) {
  const count = enter(
    grid.flat().filter((cell) => cell.dataset.lesson === lesson && isEmpty(cell) && isOpen(cell)),
    "+",
  );
  heads.get(lesson)?.querySelector(".jgrid-all")?.remove();
  say(fill(text.textFilled, { count }));
}

// ------------------------------------------------------------------ answers
function onSaved(result, { isCovered }) {
  const cell = byKey.get(`${result.lesson}:${result.student}`);
  if (!cell) return;
  cell.dataset.version = result.version;
  if (isCovered) {
    // Something newer is already painted over it: remember only what the server has.
    const key = keyOf(cell);
    const now = snapshot(cell);
    paint(cell, result);
    confirmed.set(key, snapshot(cell));
    cell.className = now.className;
    cell.innerHTML = now.html;
    cell.title = now.title;
    return;
  }
  confirmed.delete(keyOf(cell));
  removeConflict(keyOf(cell));
  if (says(cell, result)) cell.classList.remove("is-pending");
  else {
    paint(cell, result);
    blocks.recount(place.get(cell)[1]);
  }
  cell.classList.add("is-saved");
  setTimeout(() => cell.classList.remove("is-saved"), 1000);
}

/** Whether the cell is painted so already: a text that is written again costs a layout of the whole table. */
function says(cell, result) {
  const { classList } = cell;
  const isTroubled = classList.contains("is-error") || classList.contains("is-stale");
  return !isTroubled && classList.contains("is-excused") === Boolean(result.excused) && isSame(stateOf(cell), result);
}

const unexplained = []; // marks that wait for a reason

function onRefused(mark, result) {
  const cell = byKey.get(`${result.lesson}:${result.student}`);
  if (!cell || !mark) return;
  if (result.code === "reason_missing") {
    unexplained.push(mark); // asked for when nothing is on its way any more: once for all batches of one act
    return;
  }
  restore(cell);
  blocks.recount(place.get(cell)[1]);
  if (result.status === 409 && result.current) {
    const { current } = result;
    cell.dataset.version = current.version;
    paint(cell, current);
    blocks.recount(place.get(cell)[1]);
    cell.classList.add("is-stale");
    offerChoice(cell, mark, current, result.message);
    return;
  }
  cell.classList.add("is-error");
  const sentence = result.message || text.textNotSaved;
  cell.title = sentence;
  say(`${nameOf(cell)}, ${dateOf(cell)}: ${sentence}`);
}

function onTotals(totals, taken) {
  onPoints(totals);
  if (taken?.length) askPoints(); // a lesson is held from now on, for all of its students
  for (const { student, absences, mean } of totals) {
    const row = table.querySelector(`tr[data-row="${student}"]`);
    if (!row) continue;
    // A course's row has marks of more journals than the one that answers.
    const sums = text.sums ? blocks.sums(rows.indexOf(row)) : { absences, mean };
    write(row.querySelector("[data-absences]"), String(sums.absences || ""));
    write(row.querySelector("[data-mean]"), String(sums.mean || "—"));
  }
}

// A row's points are those of the module of the lesson in hand: what is typed there moves them.
const points = new Map(); // the link at the end of a row → its modules
let shownModule;

const moduleOf = (cell) => heads.get(cell?.dataset.lesson)?.dataset.module;

function onPoints(totals) {
  const links = [];
  for (const { student, points: said } of totals) {
    if (!said) continue;
    for (const link of table.querySelectorAll(`tr[data-row="${student}"] [href^="/courses/${said.course}/"]`)) {
      points.set(link, said.modules);
      links.push(link);
    }
  }
  showPoints(links);
}

function showPoints(links = points.keys()) {
  shownModule = moduleOf(focused);
  for (const link of links) {
    const modules = points.get(link);
    const one = modules.findLast(({ module }) => module <= shownModule) ?? modules.at(-1);
    write(link, one?.points ?? "—");
  }
  const said = document.querySelector(`#jgrid-scope [value="module-${shownModule}"]`);
  if (said && points.size) write(table.querySelector("[data-module-shown]"), said.text);
}

async function askPoints() {
  for (const address of text.points.trim().split(" ")) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) onPoints((await answer.json()).totals);
  }
}

function write(cell, said) {
  if (cell.textContent !== said) cell.textContent = said;
}

function onState(state, count) {
  const shown = { login: "error", broken: "error", old: "error" }[state] ?? state;
  status.dataset.state = shown;
  const time = new Date().toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
  if (shown !== "saved" || wasEverPending) status.querySelector(".jstatus-text").textContent = fill(status.dataset[shown], { time, count });
  if (count) wasEverPending = true;
  if (state !== "pending") askReason();
}
let wasEverPending = false;

// ------------------------------------------------------------------ conflicts: mine or theirs
function removeConflict(key) {
  conflicts.querySelector(`[data-key="${key}"]`)?.remove();
}

function valueOf(mark) {
  if ("value" in mark) return mark.value === "" ? text.textEmpty : mark.value;
  if (mark.presence === "absent") return mark.grade == null ? ABSENT : `${ABSENT} ${mark.grade}`;
  return mark.grade == null ? "+" : String(mark.grade);
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-secondary btn-sm";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function offerChoice(cell, mark, current, sentence) {
  const key = keyOf(cell);
  removeConflict(key);
  const line = document.createElement("li");
  line.dataset.key = key;
  const words = document.createElement("span");
  words.textContent = fill(text.textConflict, {
    student: nameOf(cell),
    date: dateOf(cell),
    theirs: current.value === "" ? text.textEmpty : valueOf(current),
    who: current.by,
    mine: valueOf(mark),
  });
  words.title = sentence;
  line.append(
    words,
    button(text.textKeepMine, () => {
      const again = { ...mark, version: current.version };
      const shorthand = markFor(cell, mark.value ?? "");
      put(cell, again, "value" in mark && shorthand ? shorthand[1] : again);
      moveTo(cell);
    }),
    button(text.textTakeTheirs, () => {
      cell.classList.remove("is-stale");
      removeConflict(key);
      moveTo(cell);
    }),
  );
  conflicts.append(line);
}

/** A line under the grid with its buttons; it goes when one of them is pressed. */
function addLine(key, sentence, ...buttons) {
  removeConflict(key);
  const line = document.createElement("li");
  line.dataset.key = key;
  const words = document.createElement("span");
  words.textContent = sentence;
  line.append(words, ...buttons);
  if (!buttons.length) line.append(button(text.textForget, () => removeConflict(key)));
  conflicts.append(line);
  return line;
}

/** What was typed more than a day ago is sent only when the person says so. */
function askOld(count, send, forget, since, marks) {
  const day = since.toLocaleDateString("ru");
  const end = (act) => () => {
    removeConflict("old");
    act();
  };
  addLine(
    "old",
    fill(text.textOld, { count, day }),
    button(text.textSend, end(send)),
    button(
      text.textForget,
      end(() => {
        for (const mark of marks) if (byKey.has(cellKeyOf(mark))) restore(byKey.get(cellKeyOf(mark)));
        forget();
      }),
    ),
  );
}

/** A mark that a lock refused is kept: what was typed, why it was not taken, and the way to ask. */
function showKept({ mark, message: why, ask }) {
  const cell = byKey.get(cellKeyOf(mark));
  if (!cell) return;
  const key = `kept-${cellKeyOf(mark)}`;
  const made = [];
  if (ask) {
    const link = document.createElement("a");
    link.className = "btn btn-secondary btn-sm";
    link.href = ask;
    link.textContent = text.textAsk;
    made.push(link);
  }
  made.push(
    button(text.textForget, () => {
      queue.drop(cellKeyOf(mark));
      removeConflict(key);
    }),
  );
  addLine(key, fill(text.textKept, { student: nameOf(cell), date: dateOf(cell), mine: valueOf(mark), why }), ...made);
}

const cellKeyOf = (mark) => `${mark.lesson}:${mark.student}`;

// ------------------------------------------------------------------ a reason for a change after the day
const reasonDialog = document.getElementById("jgrid-reason");

function askReason() {
  if (reasonDialog.open || !unexplained.length) return;
  document.getElementById("jgrid-reason-cells").textContent = unexplained
    .map((mark) => byKey.get(`${mark.lesson}:${mark.student}`))
    .filter(Boolean)
    .map((cell) => `${nameOf(cell)}, ${dateOf(cell)}`)
    .join("; ");
  reasonDialog.returnValue = "";
  reasonDialog.showModal();
  document.getElementById("jgrid-reason-text").focus();
}

reasonDialog?.addEventListener("close", () => {
  const field = document.getElementById("jgrid-reason-text");
  const reason = field.value.trim();
  const marks = unexplained.splice(0);
  for (const mark of marks) {
    const cell = byKey.get(`${mark.lesson}:${mark.student}`);
    if (reasonDialog.returnValue === "save" && reason) queue.put({ ...mark, reason, version: Number(cell.dataset.version) });
    else {
      restore(cell);
      blocks.recount(place.get(cell)[1]);
    }
  }
  field.value = "";
  focused?.focus({ preventScroll: true });
});

// ------------------------------------------------------------------ keys and clicks, delegated
function onKey(event) {
  const cell = event.target.closest?.("td[data-lesson]");
  if (!cell || event.isComposing) return;
  const { key } = event;
  if (event.altKey && (event.code === "KeyH" || key === "F2")) {
    event.preventDefault();
    showHistory(cell);
    return;
  }
  if (event.altKey) return;
  if (blocks?.onKey(event, cell)) {
    event.preventDefault();
    return;
  }
  if (event.metaKey) return;
  if (key === "?") {
    event.preventDefault();
    document.getElementById("jgrid-help").showModal();
    return;
  }
  const [row] = place.get(cell);
  const moves = {
    ArrowUp: () => step(cell, -1, 0),
    ArrowDown: () => step(cell, 1, 0),
    ArrowLeft: () => step(cell, 0, -1),
    ArrowRight: () => step(cell, 0, 1),
    Home: () => moveTo((event.ctrlKey ? grid.flat() : grid[row]).find(isShown)),
    End: () => moveTo((event.ctrlKey ? grid.flat() : grid[row]).findLast(isShown)),
    PageUp: () => step(cell, -10, 0),
    PageDown: () => step(cell, 10, 0),
    Enter: () => moveTo(nextDown(cell, event.shiftKey)),
  };
  if (moves[key]) {
    event.preventDefault();
    moves[key]();
    return;
  }
  if (key === "Tab") {
    // Within the row; from its end the keyboard leaves the grid, as everywhere.
    const beside = next(cell, 0, event.shiftKey ? -1 : 1);
    if (beside === cell && !event.shiftKey) {
      // From the end of a row first to why its points are these.
      event.preventDefault();
      rows[row].querySelector(".jgrid-sum a").focus();
      return;
    }
    if (beside === cell) return;
    event.preventDefault();
    moveTo(beside);
    return;
  }
  if (!editable || event.ctrlKey) return;
  if (key === "Escape") {
    if (cell.classList.contains("is-error")) {
      cell.classList.remove("is-error");
      cell.title = "";
    }
    say("");
    return;
  }
  let value = null;
  if (ABSENT_KEYS.has(key)) value = ABSENT;
  else if (/^[0-9]$/.test(key)) value = key;
  else if (key === "+" || key === "=") value = "+";
  else if (key === "Delete" || key === "Backspace") value = "";
  else if (key === " ") {
    event.preventDefault();
    present(cell);
    return;
  } else if (key.length === 1) {
    say(text.textBadKey);
    return;
  } else return;
  event.preventDefault();
  if (value !== ABSENT && value !== "" && value !== "+" && !text.grades.includes(value)) say(text.textBadKey);
  else type(cell, value);
}

async function showHistory(cell) {
  if (cell.classList.contains("is-out")) return;
  const url = text.historyUrl.replace("/0/0/", `/${cell.dataset.lesson}/${cell.dataset.student}/`);
  const place = document.getElementById("jgrid-history-body");
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok) throw new Error(String(response.status));
    place.innerHTML = await response.text();
  } catch {
    location.assign(url);
    return;
  }
  historyDialog.showModal();
}

historyDialog?.addEventListener("close", () => focused?.focus({ preventScroll: true }));

table.addEventListener("keydown", onKey);
table.addEventListener("click", (event) => {
  const all = event.target.closest("[data-all]");
  if (all) {
    allPresent(all.dataset.all);
    return;
  }
  const cell = event.target.closest("td[data-lesson]");
  if (cell && !event.shiftKey) moveTo(cell, { keep: cell.classList.contains("is-selected") });
});
table.addEventListener("focusin", (event) => {
  const cell = event.target.closest("td[data-lesson]");
  if (cell && cell !== focused) moveTo(cell);
});

// The pad of a touch screen: a grade goes on to the next student, as Enter does.
document.getElementById("jgrid-pad")?.addEventListener("click", (event) => {
  const { pad } = event.target.closest("button")?.dataset ?? {};
  if (pad === undefined || !focused) return;
  if (pad === "down") moveTo(nextDown(focused, false));
  else {
    type(focused, pad);
    if (pad !== "") moveTo(nextDown(focused, false) ?? focused);
    else moveTo(focused);
  }
});
table.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("td[data-lesson]");
  if (cell) showHistory(cell);
});

// ------------------------------------------------------------------ start
function openAtToday() {
  const head = heads.get(location.hash.match(/^#l(\d+)$/)?.[1] ?? text.focus);
  if (!head) return;
  const names = rows[0]?.cells[0].offsetWidth ?? 0;
  wrap.scrollLeft = head.offsetLeft - names - Math.max(0, (wrap.clientWidth - names) / 2);
}

openAtToday();
const { Acts, equip } = await import(text.block);
acts = new Acts();
blocks = equip({
  table, grid, rows, place, heads, text, fill, say, acts, editable, enter, moveTo, next, markFor, whyNot, stateOf, putState, nameOf, dateOf,
  focused: () => focused,
  canWrite: (cell) => isOpen(cell) || isMakeupOnly(cell),
});
if (editable) {
  const { MarkQueue, MarkQueues } = await import(text.queue);
  queue = new (text.journals ? MarkQueues : MarkQueue)({
    journals: text.journals?.split(" "),
    of: (key) => heads.get(key.split(":")[0])?.dataset.journal,
    url: text.marksUrl,
    user: text.user,
    secret: text.secret,
    journal: text.journal,
    on: {
      saved: onSaved,
      refused: onRefused,
      totals: onTotals,
      state: onState,
      login: (address) => {
        loginBox.hidden = false;
        const link = loginBox.querySelector("a");
        const url = new URL(address || link.href, location.href);
        if (url.origin === location.origin) link.href = url.href;
      },
      broken: () => say(text.textReload),
      expired: (count) => addLine("expired", fill(text.textExpired, { count })),
      old: askOld,
      kept: showKept,
    },
  });
  await queue.start();
  // What an earlier page left unsaved is shown as unsaved.
  for (const mark of queue.all()) {
    const cell = byKey.get(`${mark.lesson}:${mark.student}`);
    if (!cell) continue;
    if (!confirmed.has(keyOf(cell))) confirmed.set(keyOf(cell), snapshot(cell));
    const picture = "value" in mark ? markFor(cell, String(mark.value))?.[1] : mark;
    if (picture) paint(cell, picture);
    cell.classList.add("is-pending");
  }
  table.dataset.ready = "1";
  if (text.scansUrl) await showScans(text.scansUrl);
}

askPoints();

/** Cells whose mark differs from the scan of the same student get a corner and a word. */
async function showScans(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  for (const { lesson, student, words } of (await answer.json()).cells) {
    const cell = byKey.get(`${lesson}:${student}`);
    if (!cell) continue;
    cell.classList.add("is-scan-differs");
    cell.title = cell.title ? `${cell.title} · ${words}` : words;
  }
}
