// What every page shares. Each part improves something that works without it.
//
//   data-theme-toggle            button: light ↔ dark, remembered in localStorage (theme.js applies it)
//   details[data-menu]           closes on Escape, on a click elsewhere, when another opens
//   data-dismiss                 button: removes the nearest .alert
//   data-open-dialog="id"        link or button: opens <dialog id> instead of following the link; [data-close] closes it
//   form[data-once]              cannot be sent twice
//   select/input[data-autosubmit] sends its form when changed (the form keeps its button in .no-js-only)
//   data-reveal="id"             button: shows and hides the password in the field of that id
//   data-print                   button: the browser's print window
//   form[data-marks-queue]       the logout: marks that wait in this browser are sent first, or the person agrees to lose them
//   htmx                         CSRF header, ended sessions, lost connection
//
// Other scripts speak to it by events, never by import (names of static files are hashed):
//   document.dispatchEvent(new CustomEvent("ej:toast", {detail: {text, tone}}))   a server may send it as HX-Trigger
//   document.dispatchEvent(new CustomEvent("ej:login", {detail: {login}}))        a 401 answer's own address
//
// Sentences come from data-* attributes of #toasts, so that they are translated by the templates.

const root = document.documentElement;
const toasts = document.getElementById("toasts");

/** Show a sentence at the bottom of the page. `tone`: success, warning, danger, info. */
function toast(text, tone = "info") {
  if (!toasts || !text) return;
  for (const shown of toasts.children) if (shown.textContent === text) return;
  const box = document.createElement("div");
  box.className = `alert alert-${tone}`;
  box.textContent = text;
  toasts.append(box);
  setTimeout(() => box.remove(), 8000);
}

/** The value of a cookie, or "". */
function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** Leave for the login page named by a 401 answer; only a path of this site is followed. */
function goToLogin(address) {
  const url = new URL(address || root.dataset.loginUrl || "/", location.href);
  location.assign(url.origin === location.origin ? url.href : "/");
}

document.addEventListener("ej:toast", (event) => toast(event.detail.text, event.detail.tone));
document.addEventListener("ej:login", (event) => goToLogin(event.detail?.login));

// ------------------------------------------------------------------ theme
const systemDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : systemDark.matches;
}

function showTheme() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) button.setAttribute("aria-pressed", String(isDark()));
}

function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  root.dataset.bsTheme = theme;
  try {
    // a choice equal to the system's is no choice: it follows the system again
    if ((theme === "dark") === systemDark.matches) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // storage is forbidden: the choice holds for this page
  }
  showTheme();
}

systemDark.addEventListener("change", showTheme);
showTheme();

// ------------------------------------------------------------------ clicks and keys, delegated
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
}

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  if (!field) return;
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

document.addEventListener("click", (event) => {
  const at = event.target instanceof Element ? event.target : null;
  if (!at) return;
  closeMenus(at.closest("details[data-menu]"));
  if (at.closest("[data-theme-toggle]")) toggleTheme();
  else if (at.closest("[data-dismiss]")) at.closest(".alert")?.remove();
  else if (at.closest("[data-print]")) window.print();
  else if (at.closest("[data-reveal]")) reveal(at.closest("[data-reveal]"));
  else if (at.closest("dialog [data-close]")) {
    event.preventDefault();
    at.closest("dialog").close();
  } else {
    const opener = at.closest("[data-open-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.openDialog);
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-busy", "true");
});

// a page taken back from the browser's cache can send its forms again
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// ------------------------------------------------------------------ htmx
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
});

// htmx itself follows HX-Redirect; an answer of the JSON interface says where the login is
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) {
    let address = "";
    try {
      address = JSON.parse(xhr.responseText).login;
    } catch {
      // not JSON: the login page of <html data-login-url>
    }
    goToLogin(address);
  } else if (xhr.status === 403) toast(toasts?.dataset.forbidden, "danger");
  else if (xhr.status === 429) toast(toasts?.dataset.slowDown, "warning");
  else toast(toasts?.dataset.failed, "danger");
});

document.addEventListener("htmx:sendError", () => toast(toasts?.dataset.offline, "warning"));
document.addEventListener("htmx:timeout", () => toast(toasts?.dataset.offline, "warning"));

// ------------------------------------------------------------------ logout: no mark is left behind
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-marks-queue]");
  if (!form || form.dataset.agreed) return;
  const { marksQueue, user, secret, marksUrl, textLost } = form.dataset;
  let waits = false;
  try {
    waits = Object.keys(localStorage).some((name) => name.startsWith(`marks:${user}:`));
  } catch {
    // storage is forbidden: nothing lies there
  }
  if (!waits) return;
  event.preventDefault();
  const { sendAll, forgetAll } = await import(marksQueue);
  const left = await sendAll({ user, secret, url: marksUrl });
  if (left && !confirm(textLost.replace("{count}", left))) return;
  forgetAll(user);
  form.dataset.agreed = "1";
  form.submit();
});
