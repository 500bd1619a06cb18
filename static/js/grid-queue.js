// Marks on their way to the server: kept in this browser until they are saved, sent in small batches.
//
//   const queue = new MarkQueue({url, user, secret, journal, on: {saved, refused, totals, state, login, broken, old, expired, kept}});
//   queue.put({lesson, student, version, value | presence…, reason})     replaces what waits for the same cell
//   await queue.start()                                                  takes up what an earlier page left
//   sendAll({user, secret, url})                                         before a logout: every journal's, sent or counted
//
// A batch keeps its nonce and its very text until it is answered: a lost answer after a commit is asked for again
// and comes back the same. What lies in the browser is encrypted under a key that the server gives to this person
// alone: another login at the same computer can neither read nor send it. Where the browser has no cryptography (plain
// HTTP), nothing is written down: the page itself holds the marks, and leaving it asks.
// Loaded by the address in a data attribute (names of static files are hashed).

const DELAY = 400; // milliseconds of silence before a batch goes
const PAUSES = [1000, 2000, 5000, 10000, 30000]; // between tries while the server is away
const BATCH = 100; // cells
const TIMEOUT = 20000;
const HOUR = 3600 * 1000;
const ASK_AFTER = 24 * HOUR; // older marks are sent only when the person says so
const FORGET_AFTER = 14 * 24 * HOUR; // no lesson can be filled so late
const LOCKED = new Set(["module_closed", "window_over"]); // refused for now: kept for a request to reopen

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

// ------------------------------------------------------------------ what lies in the browser
/** Writes and reads entries of this browser's storage under a person's key. Spoilt or foreign ones read as null. */
class Store {
  constructor(secret) {
    // A mask, and the key under it: see `marks_secret`.
    const sent = Uint8Array.from(secret.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const bytes = sent.slice(0, 32).map((byte, at) => byte ^ sent[at + 32]);
    this.key = crypto.subtle && sent.length === 64 ? crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) : null;
    this.turn = Promise.resolve();
  }

  get isSafe() {
    return this.key !== null;
  }

  /** The latest write of an entry wins, in the order in which they were asked for. */
  write(name, content) {
    this.turn = this.turn.then(async () => {
      try {
        if (!this.key || content === null) {
          localStorage.removeItem(name);
          return;
        }
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const text = new TextEncoder().encode(JSON.stringify(content));
        const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.key, text));
        localStorage.setItem(name, btoa(String.fromCharCode(...iv, ...sealed)));
      } catch {
        // storage is full or forbidden: the page itself still holds the marks
      }
    });
    return this.turn;
  }

  async read(name) {
    try {
      const bytes = Uint8Array.from(atob(localStorage.getItem(name)), (sign) => sign.charCodeAt(0));
      const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, await this.key, bytes.slice(12));
      return JSON.parse(new TextDecoder().decode(text));
    } catch {
      return null;
    }
  }
}

const namesOf = (prefix) => Object.keys(localStorage).filter((name) => name.startsWith(prefix));

/** Send what lies in this browser for a person, journal by journal. How many marks could not be sent. */
export async function sendAll({ user, secret, url, patience = 5000 }) {
  const prefix = `marks:${user}:`;
  let left = 0;
  try {
    for (const journal of new Set(namesOf(prefix).map((name) => name.split(":")[2]))) {
      const queue = new MarkQueue({ url: url.replace("/0/", `/${journal}/`), user, secret, journal, on: { old: (count, send) => send() } });
      await queue.start({ ofOpenPages: true });
      for (let waited = 0; waited < patience && queue.count && !queue.stopped && !queue.tries; waited += 100) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      left += queue.count + queue.kept.size;
    }
  } catch {
    // storage is forbidden: nothing lies there
  }
  return left;
}

/** Throw away what lies in this browser for a person. */
export function forgetAll(user) {
  for (const name of namesOf(`marks:${user}:`)) localStorage.removeItem(name);
}

export class MarkQueue {
  constructor({ url, user, secret, journal, on }) {
    this.url = url;
    this.on = on;
    this.prefix = `marks:${user}:${journal}:`;
    this.key = this.prefix + newNonce();
    this.store = new Store(secret ?? "");
    this.waiting = new Map(); // cell → mark; `at`: when it was typed
    this.kept = new Map(); // cell → {mark, message}: refused by a lock, kept for a request to reopen
    this.batch = null; // {nonce, body, marks}: on its way, or waiting to be tried again
    this.tries = 0;
    this.timer = 0;
    this.sending = false;
    this.stopped = ""; // "login", "broken" or "old": what a person must do first
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.send());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.send());
    // A second login of another person in this browser must not be answered in the first one's name.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    addEventListener("beforeunload", (event) => {
      if (this.count && !this.store.isSafe) event.preventDefault();
    });
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
    this.waiting.set(cellKey(mark), { ...mark, at: Date.now() });
    this.kept.delete(cellKey(mark));
    this.keep();
    this.schedule(DELAY);
    this.tell();
  }

  /** Forget what waits, or was kept, for a cell. */
  drop(key) {
    this.waiting.delete(key);
    this.kept.delete(key);
    this.keep();
    this.tell();
  }

  /** Take up what closed pages of the same person and journal left in this browser. */
  async start({ ofOpenPages = false } = {}) {
    const now = Date.now();
    let expired = 0;
    let oldest = now;
    try {
      // A page that is open in another tab holds the lock of its own key, and sends its marks itself.
      navigator.locks?.request(this.key, () => new Promise(() => {}));
      const alive = new Set(ofOpenPages ? [] : ((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
      for (const name of namesOf(this.prefix)) {
        if (name === this.key || alive.has(name)) continue;
        const { batch = null, waiting = [], kept = [] } = (await this.store.read(name)) ?? {};
        const isFresh = (mark) => now - (mark.at ?? now) < FORGET_AFTER;
        const all = [...(batch?.marks ?? []), ...waiting];
        expired += all.filter((mark) => !isFresh(mark)).length;
        for (const mark of all.filter(isFresh)) oldest = Math.min(oldest, mark.at ?? now);
        // One batch can be repeated under its nonce; a second one's cells wait anew (a repeated save is refused as
        // stale at worst, and shown).
        if (batch && !this.batch && batch.marks.every(isFresh)) this.batch = batch;
        else for (const mark of (batch?.marks ?? []).filter(isFresh)) this.waiting.set(cellKey(mark), mark);
        for (const mark of waiting.filter(isFresh)) this.waiting.set(cellKey(mark), mark);
        for (const entry of kept.filter(({ mark }) => isFresh(mark))) this.kept.set(cellKey(entry.mark), entry);
        localStorage.removeItem(name);
      }
    } catch {
      // storage is forbidden or was spoilt: nothing was left
    }
    this.keep();
    if (expired) this.on.expired?.(expired);
    for (const entry of this.kept.values()) this.on.kept?.(entry);
    if (this.count && now - oldest > ASK_AFTER) {
      // Typed long ago: the person says whether it is still meant.
      this.stopped = "old";
      const go = () => {
        this.stopped = "";
        this.schedule(0);
        this.tell();
      };
      const forget = () => {
        this.batch = null;
        this.waiting.clear();
        this.stopped = "";
        this.keep();
        this.tell();
      };
      this.on.old?.(this.count, go, forget, new Date(oldest), this.all());
    } else if (this.count) this.schedule(0);
    this.tell();
  }

  keep() {
    const isEmpty = !this.count && !this.kept.size;
    const content = isEmpty ? null : { batch: this.batch, waiting: [...this.waiting.values()], kept: [...this.kept.values()] };
    return this.store.write(this.key, content);
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
      this.batch = { nonce, marks, body: JSON.stringify({ nonce, marks: marks.map(({ at, ...said }) => said) }) };
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
        const refused = newer ?? mark;
        if (refused && LOCKED.has(result.code)) {
          const entry = { mark: refused, message: result.message, ask: result.ask ?? "" };
          this.kept.set(cellKey(result), entry);
          this.on.kept?.(entry);
        }
        this.on.refused?.(refused, result);
      }
    }
    this.on.totals?.(answer.totals ?? [], answer.taken);
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

/** The queues of several journals, met as one: a mark goes to the journal that `of` names for its cell. */
export class MarkQueues {
  constructor({ url, journal, journals, of, on, ...rest }) {
    this.of = of;
    this.on = on;
    let olds = [];
    let expired = 0;
    const heard = {
      ...on,
      state: () => this.tell(),
      old: (...said) => olds.push(said),
      expired: (count) => {
        expired += count;
      },
    };
    this.queues = new Map(journals.map((one) => [one, new MarkQueue({ ...rest, url: url.replace(`/${journal}/`, `/${one}/`), journal: one, on: heard })]));
    this.start = async () => {
      await Promise.all(this.each((queue) => queue.start()));
      if (expired) on.expired?.(expired);
      const all = (at) => () => olds.forEach((said) => said[at]());
      if (olds.length) on.old?.(olds.reduce((sum, said) => sum + said[0], 0), all(1), all(2), new Date(Math.min(...olds.map((said) => said[3]))), olds.flatMap((said) => said[4]));
      this.tell();
    };
  }

  each(ask) {
    return [...this.queues.values()].map(ask);
  }

  at(key) {
    return this.queues.get(this.of(key));
  }

  all() {
    return this.each((queue) => queue.all()).flat();
  }

  pending(key) {
    return this.at(key)?.pending(key);
  }

  put(mark) {
    this.at(cellKey(mark)).put(mark);
  }

  drop(key) {
    this.at(key).drop(key);
  }

  tell() {
    if (!this.queues) return;
    const count = this.each((queue) => queue.count).reduce((sum, one) => sum + one, 0);
    const stopped = this.each((queue) => queue.stopped).find(Boolean);
    this.on.state?.(stopped || (count === 0 ? "saved" : this.each((queue) => queue.tries).some(Boolean) ? "offline" : "pending"), count);
  }
}
