// The roll of a lesson: each tap is saved at once through the marks API (grid-queue.js). Without this script the
// form does the same by its button; its hidden fields are kept up to date, so that both agree.

const form = document.getElementById("lesson-form");
const status = document.getElementById("save-status");
const reasonField = document.getElementById("reason");
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

const rowOf = (student) => form.querySelector(`.roll-row[data-student="${student}"]`);
const field = (student, name) => form.elements.namedItem(`${name}${student}`);

/** What the row's fields say: presence, minutes, grade as texts. */
function chosen(student) {
  return { presence: field(student, "p")?.value ?? "", minutes: field(student, "m")?.value.trim() ?? "", grade: field(student, "g")?.value ?? "" };
}

/** What the server is known to have: version, presence, minutes, grade. */
function stored(student) {
  const [version, presence, minutes, grade] = field(student, "v").value.split(".");
  return { version: Number(version), presence, minutes, grade };
}

function setFields(student, { presence, minutes, grade }) {
  const set = (name, value) => {
    const input = field(student, name);
    // A list of radio buttons does not take an empty value: Chromium leaves what was chosen.
    if (input instanceof RadioNodeList) for (const radio of input) radio.checked = radio.value === value;
    else if (input) input.value = value;
  };
  set("p", presence);
  set("m", minutes);
  set("g", grade);
  showExcuse(student);
}

/** The badge of an excuse speaks of an absence: it goes with it, and comes back when the absence does. */
function showExcuse(student) {
  const badge = rowOf(student)?.querySelector("[data-excused]");
  if (badge) badge.hidden = chosen(student).presence !== "absent";
}

function remember(student, mark) {
  field(student, "v").value = [mark.version, mark.presence ?? "", mark.late_minutes ?? "", mark.grade ?? ""].join(".");
}

function note(student, sentence, tone = "") {
  const place = rowOf(student)?.querySelector(".roll-note");
  if (!place) return;
  place.textContent = sentence;
  place.classList.toggle("text-danger", tone === "error");
}

const { MarkQueue } = await import(form.dataset.queue);
const unexplained = new Set();

const queue = new MarkQueue({
  url: form.dataset.marksUrl,
  user: form.dataset.user,
  secret: form.dataset.secret,
  journal: form.dataset.journal,
  on: { saved, refused, state, login, broken, old },
});

function put(student) {
  const row = rowOf(student);
  const known = stored(student);
  const { presence, minutes, grade } = chosen(student);
  const mark = { lesson: Number(form.dataset.lesson), student: Number(student), version: known.version };
  if (presence === "") mark.value = "";
  else {
    mark.presence = presence;
    if (presence === "late" && /^\d+$/.test(minutes)) mark.late_minutes = Number(minutes);
    if (grade !== "") mark.grade = Number(grade);
    if (presence === "absent" && grade !== "") mark.makeup_on = form.dataset.today;
  }
  if (reasonField?.value.trim() && known.presence !== "") mark.reason = reasonField.value.trim();
  row.classList.remove("is-error", "is-stale");
  row.classList.add("is-pending");
  note(student, "");
  queue.put(mark);
  showExcuse(student);
}

function saved(result, { isCovered }) {
  if (String(result.lesson) !== form.dataset.lesson || !rowOf(result.student)) return;
  remember(result.student, result);
  if (isCovered) return;
  rowOf(result.student).classList.remove("is-pending", "is-error", "is-stale");
  note(result.student, "");
}

function refused(mark, result) {
  const { student } = result;
  const row = rowOf(student);
  if (!row || String(result.lesson) !== form.dataset.lesson) return;
  row.classList.remove("is-pending");
  if (result.code === "reason_missing" && reasonField) {
    // What was chosen stays; it is sent again as soon as there is a reason.
    unexplained.add(student);
    row.classList.add("is-error");
    note(student, result.message, "error");
    reasonField.focus();
    return;
  }
  if (result.status === 409 && result.current) {
    remember(student, result.current);
    const { presence, minutes, grade } = stored(student);
    setFields(student, { presence, minutes, grade });
    row.classList.add("is-stale");
    note(student, `${result.message} ${fill(form.dataset.textConflict, { theirs: result.current.value || "–", who: result.current.by })}`);
    return;
  }
  setFields(student, stored(student));
  row.classList.add("is-error");
  note(student, result.message, "error");
}

function state(name, count) {
  if (!status) return;
  const shown = { login: "error", broken: "error", old: "error" }[name] ?? name;
  if (shown === "saved" && status.dataset.state === "idle") return;
  status.dataset.state = shown;
  const time = new Date().toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
  status.querySelector(".jstatus-text").textContent = fill(status.dataset[shown], { time, count });
}

function login(address) {
  const url = new URL(address || document.documentElement.dataset.loginUrl || "/", location.href);
  const link = document.createElement("a");
  link.href = url.origin === location.origin ? url.href : "/";
  link.textContent = form.dataset.textLogin;
  document.getElementById("roll-status-note").replaceChildren(link);
}

/** What was typed more than a day ago is sent only when the person says so: the journal's page asks. */
function old(count, send, forget, since) {
  const place = document.getElementById("roll-status-note");
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-secondary btn-sm";
    made.textContent = label;
    made.addEventListener("click", () => {
      place.textContent = "";
      act();
    });
    return made;
  };
  place.replaceChildren(fill(form.dataset.textOld, { count, day: since.toLocaleDateString("ru") }), " ", button(form.dataset.textSend, send), " ", button(form.dataset.textForget, forget));
}

function broken() {
  document.getElementById("roll-status-note").textContent = form.dataset.textReload;
}

form.addEventListener("change", (event) => {
  const row = event.target.closest(".roll-row");
  if (!row) {
    if (event.target === reasonField && reasonField.value.trim()) {
      for (const student of unexplained) put(student);
      unexplained.clear();
    }
    return;
  }
  const { student } = row.dataset;
  const now = chosen(student);
  const name = event.target.name[0];
  if (name === "g" && now.grade !== "" && now.presence === "") setFields(student, { ...now, presence: "present" });
  // On the day itself a grade means that he came after all; later it makes the absence up.
  if (name === "g" && now.grade !== "" && now.presence === "absent" && !reasonField && !row.classList.contains("is-locked")) {
    setFields(student, { ...now, presence: "present" });
  }
  if (name === "p" && (now.presence === "" || now.presence === "absent")) setFields(student, { ...now, minutes: "", grade: "" });
  if (name === "m" && now.minutes !== "" && !(/^\d{1,3}$/.test(now.minutes) && now.minutes >= 1 && now.minutes <= 240)) {
    row.classList.add("is-error");
    return;
  }
  put(student);
});

// Minutes since the lesson began by the server's clock: that of the room's computer may be wrong.
const sinceStart = () => Math.ceil((Number(form.dataset.serverNow) - Number(form.dataset.starts) + performance.now() / 1000) / 60);

for (const button of form.querySelectorAll("[data-late-now]")) {
  button.hidden = !(sinceStart() >= 1 && Number(form.dataset.serverNow) < Number(form.dataset.ends));
  button.addEventListener("click", () => {
    const minutes = form.elements.namedItem(`m${button.closest(".roll-row").dataset.student}`);
    minutes.value = String(sinceStart());
    minutes.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

form.querySelector("[name=all_present]")?.addEventListener("click", (event) => {
  event.preventDefault();
  for (const row of form.querySelectorAll(".roll-row:not(.is-locked)")) {
    const { student } = row.dataset;
    // Only those at whom nobody has looked: an absence is never overwritten.
    if (!field(student, "p") || chosen(student).presence !== "" || stored(student).presence !== "") continue;
    setFields(student, { ...chosen(student), presence: "present" });
    put(student);
  }
});

// The button saves topic and note; marks still on their way go first, so that nothing is sent twice.
form.addEventListener("submit", async (event) => {
  if (!queue.count) return;
  event.preventDefault();
  queue.hurry();
  for (let tried = 0; tried < 50 && queue.count && !queue.stopped; tried += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // The button that was pressed says what is saved.
  if (!queue.count) form.requestSubmit(event.submitter);
});

await queue.start();
form.dataset.ready = "1";
