// The page of a scanned code sends itself, once somebody looks at it: a page that the browser opened beforehand waits.
// Without this script its button does the same.

const form = document.querySelector("form[data-sends-itself]");

function send() {
  if (form && !form.dataset.sent) form.requestSubmit();
}

if (document.prerendering) document.addEventListener("prerenderingchange", send, { once: true });
else send();
