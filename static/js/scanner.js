// The scanner of the page, for telephones whose camera opens no addresses. The browser's own decoder where there is
// one, else a small vendored one, which is fetched only then. What it reads is opened as an address of this house;
// pictures leave the telephone never.

const place = document.getElementById("scanner");
const picture = document.getElementById("scanner-picture");
const words = document.getElementById("scanner-words");
const start = document.getElementById("scanner-start");
const EVERY = 150; // milliseconds between two looks
const WIDTH = 640; // of the picture that is looked at
const CODE = /^\/r\/([A-Za-z0-9_.-]{20,80})$/;

/** The address of a code in what was read, on this host whatever host is printed; "" for anything else. */
function addressOf(text) {
  let path = text.trim();
  try {
    path = new URL(path, location.origin).pathname;
  } catch {
    return "";
  }
  return CODE.test(path) ? `${path}?by=page` : "";
}

/** A function that reads one picture: gives what the code says, or "". */
async function decoder() {
  if ("BarcodeDetector" in globalThis && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(picture))[0]?.rawValue ?? "";
  }
  if (!globalThis.jsQR) await import(place.dataset.decoder);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    canvas.width = WIDTH;
    canvas.height = Math.round((WIDTH * picture.videoHeight) / picture.videoWidth);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

function close() {
  for (const track of picture.srcObject?.getTracks() ?? []) track.stop();
  picture.srcObject = null;
  picture.hidden = true;
  start.hidden = false;
}

async function look(read) {
  if (!picture.srcObject) return;
  let text = "";
  try {
    if (picture.videoWidth) text = await read();
  } catch {
    text = ""; // one picture that cannot be read; the next one comes
  }
  const address = text && addressOf(text);
  if (address) {
    close();
    location.assign(address);
    return;
  }
  if (text) words.textContent = place.dataset.foreign;
  setTimeout(() => look(read), EVERY);
}

async function open() {
  start.hidden = true;
  words.textContent = "";
  try {
    picture.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    picture.hidden = false;
    await picture.play();
    words.textContent = place.dataset.looking;
    look(await decoder());
  } catch (error) {
    close();
    words.textContent = error.name === "NotAllowedError" ? place.dataset.refused : place.dataset.missing;
    document.querySelector("input[name=typed]").focus();
  }
}

start.addEventListener("click", open);
addEventListener("pagehide", close);
