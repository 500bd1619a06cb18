// How many have scanned, beside the way to their roll: asked for while the lesson's window is open and somebody looks at
// the page. Seconds are the server's, counted here from the moment of loading: the device's clock may be wrong. Without
// this script the number is that of the loading.

const EVERY = 15000;
const place = document.getElementById("scan-count");
const began = performance.now();
let etag = "";
let timer = 0;
let looking = false;

const left = (seconds) => Number(seconds) * 1000 - (performance.now() - began);

function plan(wait = EVERY) {
  window.clearTimeout(timer);
  if (document.hidden || looking || left(place.dataset.closesIn) <= 0) return;
  timer = window.setTimeout(look, Math.max(wait, left(place.dataset.opensIn)));
}

async function look() {
  looking = true;
  let goesOn = true;
  try {
    const answer = await fetch(place.dataset.poll, {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag, Accept: "application/json" } : { Accept: "application/json" },
      signal: AbortSignal.timeout(10000),
    });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      place.querySelector("[data-count]").textContent = String((await answer.json()).scans.length);
    }
    goesOn = answer.status === 200 || answer.status === 304 || answer.status >= 500;
  } catch {
    // No network for a moment: the number stands, the next look comes.
  }
  looking = false;
  if (goesOn) plan();
}

if (place) {
  document.addEventListener("visibilitychange", () => plan(0));
  plan();
}
