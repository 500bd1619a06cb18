// A screen in an auditorium: asks for the code of this step every few seconds, and says when it cannot.
// The clock is the server's: what it sends is drawn, nothing is worked out here.

const EVERY = 3000;
const place = document.getElementById("display");
const lost = document.getElementById("display-lost");
let etag = "";

async function look() {
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
    lost.textContent = "";
  } catch {
    lost.textContent = place.dataset.lost;
  }
  window.setTimeout(look, EVERY);
}

if (place) window.setTimeout(look, EVERY);

const full = document.getElementById("display-full");
if (full && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => {
    full.hidden = document.fullscreenElement !== null;
  });
}
document.querySelector("form[data-autostart]")?.requestSubmit();
