// The roll by scans: draws scans as they come, and keeps what the teacher chose by hand. Without this script the page
// is a form; with it nothing is saved either until he presses a button.

const form = document.getElementById("scan-roll");
const lost = document.getElementById("scan-roll-lost");
let etag = "";

const rowOf = (student) => form.querySelector(`.roll-row[data-student="${student}"]`);
const field = (student, name) => form.elements.namedItem(`${name}${student}`);

function touch(event) {
  const row = event.target.closest(".roll-row");
  if (row) row.dataset.touched = "1";
}

/** Put a row into its group, in the order of the list. */
function place(row, state) {
  const group = document.getElementById(`roll-${state}`);
  const list = group.querySelector(".roll");
  if (row.parentElement === list) return;
  const left = row.closest(".roll-group");
  const order = Number(row.dataset.order);
  const next = [...list.children].find((other) => Number(other.dataset.order) > order);
  list.insertBefore(row, next ?? null);
  group.hidden = false;
  left.hidden = left.querySelector(".roll").children.length === 0;
}

function draw(scan) {
  const row = rowOf(scan.student);
  if (!row || row.dataset.scan === scan.words) return;
  const isNews = row.closest(".roll-group").dataset.state !== scan.state;
  row.dataset.scan = scan.words;
  row.querySelector(".roll-scan").textContent = scan.words;
  const holdsFocus = row.contains(document.activeElement);
  if (isNews && !holdsFocus) {
    place(row, scan.state);
    row.classList.add("is-news");
    window.setTimeout(() => row.classList.remove("is-news"), 4000);
  }
  row.querySelector(".roll-no-phone")?.remove();
  if ("touched" in row.dataset || "marked" in row.dataset || !field(scan.student, "p")) return;
  field(scan.student, "p").value = scan.presence;
  field(scan.student, "m").value = scan.minutes;
}

function count() {
  for (const figure of document.querySelectorAll("[data-figure]")) {
    figure.textContent = String(document.querySelectorAll(`#roll-${figure.dataset.figure} .roll-row`).length);
  }
}

const wait = () => window.setTimeout(look, Number(form.dataset.every) * 1000);

async function look() {
  try {
    const answer = await fetch(form.dataset.poll, {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag, Accept: "application/json" } : { Accept: "application/json" },
      signal: AbortSignal.timeout(10000),
    });
    if (answer.status === 401 || answer.status === 404) return; // logged out: saving will say so
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      for (const scan of (await answer.json()).scans) draw(scan);
      count();
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    lost.textContent = "";
  } catch {
    lost.textContent = form.dataset.textLost;
  }
  wait();
}

/** One tap: saved at once, and what else was chosen on the page stays. */
async function markPresent(button) {
  const row = button.closest(".roll-row");
  const student = button.value;
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "reason"]) {
    const input = form.elements.namedItem(name);
    if (input) body.append(name, input.value);
  }
  body.append("no_phone", student);
  body.append(`v${student}`, field(student, "v").value);
  const note = row.querySelector(".roll-note");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) {
      field(student, "v").value = said.seen;
      field(student, "p").value = "present";
      row.dataset.marked = "";
      row.classList.remove("is-error");
      note.textContent = form.dataset.textSaved;
      button.remove();
      return;
    }
    row.classList.add("is-error");
    note.textContent = said.message ?? form.dataset.textLost;
  } catch {
    note.textContent = form.dataset.textLost;
  }
  button.disabled = false;
}

if (form) {
  form.addEventListener("change", touch);
  form.addEventListener("input", touch);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "no_phone") return;
    event.preventDefault();
    markPresent(event.submitter);
  });
  if (form.dataset.poll) wait();
}
