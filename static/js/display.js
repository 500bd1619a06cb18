// A screen in an auditorium: asks for the code when its step begins, and says when it cannot.
// The clock is the server's: what it sends is drawn, and each answer says in how many milliseconds the next step is.

const RETRY = 5000; // after no answer
const later = Math.random() * 1000; // screens do not all ask at once; the code of the step before still holds
const place = document.getElementById("display");
const lost = document.getElementById("display-lost");
let etag = "";

const wait = (milliseconds) => window.setTimeout(look, milliseconds);

async function look() {
  let next = RETRY;
  try {
    const answer = await fetch(place.dataset.poll, {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag } : {},
      redirect: "manual",
      signal: AbortSignal.timeout(10000),
    });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      place.innerHTML = await answer.text();
    } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 404) {
      window.location.reload(); // ended, or logged out: the page says what to do
      return;
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    }
    next = Number(answer.headers.get("X-Next-Step")) + later;
    lost.textContent = "";
  } catch {
    lost.textContent = place.dataset.lost;
  }
  wait(next);
}

if (place) wait(Number(place.dataset.nextStep) + later);

const full = document.getElementById("display-full");
if (full && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => {
    full.hidden = document.fullscreenElement !== null;
  });
}
document.querySelector("form[data-autostart]")?.requestSubmit();
