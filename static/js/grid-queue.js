// Marks on their way to the server: kept in this browser until they are saved, sent in small batches.
//
//   const queue = new MarkQueue({url, user, journal, on: {saved, refused, totals, state, login, broken}});
//   queue.put({lesson, student, version, value | presence…, reason})     replaces what waits for the same cell
//   queue.start()                                                        takes up what an earlier page left
//
// A batch keeps its nonce and its very text until it is answered: a lost answer after a commit is asked for again
// and comes back the same. Only the person who typed it can send it: the storage key carries the person.
// Loaded by the address in a data attribute (names of static files are hashed).

const DELAY = 400; // milliseconds of silence before a batch goes
const PAUSES = [1000, 2000, 5000, 10000, 30000]; // between tries while the server is away
const BATCH = 100; // cells
const TIMEOUT = 20000;

export const cellKey = (mark) => `${mark.lesson}:${mark.student}`;

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // randomUUID is there in secure contexts only; a campus server by plain HTTP is none.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export class MarkQueue {
  constructor({ url, user, journal, on }) {
    this.url = url;
    this.on = on;
    this.prefix = `marks:${user}:${journal}:`;
    this.key = this.prefix + newNonce();
    this.waiting = new Map(); // cell → mark
    this.batch = null; // {nonce, body, marks}: on its way, or waiting to be tried again
    this.tries = 0;
    this.timer = 0;
    this.sending = false;
    this.stopped = ""; // "login" or "broken": what a person must do first
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.send());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.send());
    // A second login of another person in this browser must not be answered in the first one's name.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /** How many cells are not saved yet. */
  get count() {
    return this.waiting.size + (this.batch ? this.batch.marks.length : 0);
  }

  /** The cell's mark that is not saved yet, if any. */
  pending(key) {
    return this.waiting.get(key) ?? this.batch?.marks.find((mark) => cellKey(mark) === key);
  }

  /** All marks that are not saved yet, the latest of each cell. */
  all() {
    const marks = new Map((this.batch?.marks ?? []).map((mark) => [cellKey(mark), mark]));
    for (const [key, mark] of this.waiting) marks.set(key, mark);
    return [...marks.values()];
  }

  put(mark) {
    this.waiting.set(cellKey(mark), mark);
    this.keep();
    this.schedule(DELAY);
    this.tell();
  }

  /** Forget what waits for a cell: the person took the other's mark. */
  drop(key) {
    this.waiting.delete(key);
    this.keep();
    this.tell();
  }

  /** Take up what closed pages of the same person and journal left in this browser. */
  async start() {
    const left = [];
    try {
      // A page that is open in another tab holds the lock of its own key, and sends its marks itself.
      navigator.locks?.request(this.key, () => new Promise(() => {}));
      const alive = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
      for (let index = 0; index < localStorage.length; index += 1) {
        const key = localStorage.key(index);
        if (key.startsWith(this.prefix) && key !== this.key && !alive.has(key)) left.push(key);
      }
      for (const key of left) {
        const { batch, waiting } = JSON.parse(localStorage.getItem(key)) ?? {};
        // One batch can be repeated under its nonce; a second one's cells wait anew (a repeated save is refused as
        // stale at worst, and shown).
        if (batch && !this.batch) this.batch = batch;
        else for (const mark of batch?.marks ?? []) this.waiting.set(cellKey(mark), mark);
        for (const mark of waiting ?? []) this.waiting.set(cellKey(mark), mark);
        localStorage.removeItem(key);
      }
    } catch {
      // storage is forbidden or was spoilt: nothing was left
    }
    this.keep();
    if (this.count) this.schedule(0);
    this.tell();
  }

  keep() {
    try {
      if (this.count) {
        localStorage.setItem(this.key, JSON.stringify({ batch: this.batch, waiting: [...this.waiting.values()] }));
      } else localStorage.removeItem(this.key);
    } catch {
      // storage is full or forbidden: the page itself still holds the marks
    }
  }

  schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  hurry() {
    if (!this.count) return;
    this.tries = 0;
    this.schedule(0);
  }

  tell() {
    const state = this.stopped || (this.count === 0 ? "saved" : this.tries ? "offline" : "pending");
    this.on.state?.(state, this.count);
  }

  async send() {
    clearTimeout(this.timer);
    if (this.sending || this.stopped || !this.count) return;
    if (!this.batch) {
      const marks = [...this.waiting.values()].slice(0, BATCH);
      for (const mark of marks) this.waiting.delete(cellKey(mark));
      const nonce = newNonce();
      this.batch = { nonce, marks, body: JSON.stringify({ nonce, marks }) };
      this.keep();
    }
    this.sending = true;
    let response = null;
    let answer = null;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": cookie("csrftoken"),
        },
        body: this.batch.body,
        keepalive: this.batch.body.length < 60000,
        signal: AbortSignal.timeout?.(TIMEOUT),
      });
      answer = await response.json().catch(() => null);
    } catch {
      response = null; // no network, or no answer in time: was it saved? The nonce will tell.
    }
    this.sending = false;
    this.take(response, answer);
  }

  take(response, answer) {
    if (!response || response.status >= 500 || response.status === 429 || (response.ok && !answer?.marks)) {
      this.schedule(PAUSES[Math.min(this.tries, PAUSES.length - 1)]);
      this.tries += 1;
      this.tell();
      return;
    }
    this.tries = 0;
    if (response.status === 401) {
      this.stopped = "login";
      this.on.login?.(answer?.login ?? "");
      this.tell();
      return;
    }
    if (answer?.code === "csrf") {
      // An old page: everything stays in this browser, and the page must be loaded again.
      this.stopped = "broken";
      this.on.broken?.();
      this.tell();
      return;
    }
    if (!answer?.marks) {
      // Refused as a whole, for instance since the right to write has ended: trying again would not help.
      const { marks } = this.batch;
      this.batch = null;
      for (const mark of marks) {
        const place = { lesson: mark.lesson, student: mark.student };
        this.on.refused?.(mark, { ...place, status: response.status, code: answer?.code ?? "", message: answer?.message ?? "" });
      }
      this.keep();
      if (this.waiting.size) this.schedule(0);
      this.tell();
      return;
    }
    const sent = new Map(this.batch.marks.map((mark) => [cellKey(mark), mark]));
    this.batch = null;
    for (const result of answer.marks) {
      const mark = sent.get(cellKey(result));
      const newer = this.waiting.get(cellKey(result));
      if (result.status === 200) {
        if (newer) newer.version = result.version;
        this.on.saved?.(result, { isCovered: Boolean(newer) });
      } else if (result.status === 409 && mark && result.current && isSame(mark, result.current)) {
        // The other's mark is the one that was typed: nothing to decide.
        if (newer) newer.version = result.current.version;
        this.on.saved?.({ ...result.current, lesson: result.lesson, student: result.student }, { isCovered: Boolean(newer) });
      } else if (newer && result.status !== 409) {
        // Something else was typed over it meanwhile: that one will be judged by itself.
      } else {
        if (newer) this.waiting.delete(cellKey(result));
        this.on.refused?.(newer ?? mark, result);
      }
    }
    this.on.totals?.(answer.totals ?? []);
    this.keep();
    if (this.waiting.size) this.schedule(0);
    this.tell();
  }
}

function isSame(mark, current) {
  if ("value" in mark) return String(mark.value) === current.value && current.presence !== "late";
  return (
    (mark.presence ?? null) === current.presence &&
    (mark.grade ?? null) === current.grade &&
    (mark.late_minutes ?? null) === current.late_minutes &&
    (mark.makeup_on ?? null) === current.makeup_on
  );
}
