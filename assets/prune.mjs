// Takes out of the built style sheet what Bootstrap's parts bring along and no page has. Run after Sass by `npm run css`.
import { readFileSync, writeFileSync } from "node:fs";

const UNUSED = [
  "btn-check", "btn-link", "btn-outline-primary", "btn-outline-secondary", "caption-top", "card-footer", "card-group",
  "card-header-pills", "card-header-tabs", "card-img", "card-img-bottom", "card-img-overlay", "card-img-top",
  "card-subtitle", "card-text", "form-check-reverse", "form-control-color", "form-control-lg", "form-control-plaintext",
  "form-control-sm", "form-select-lg", "form-select-sm", "form-switch", "list-group", "nav-link", "pagination-lg", "pagination-sm",
  "table-active", "table-bordered", "table-borderless", "table-group-divider", "table-responsive", "table-responsive-lg",
  "table-responsive-md", "table-responsive-sm", "table-responsive-xl", "table-striped", "table-striped-columns",
];
const file = new URL("../static/css/app.css", import.meta.url);
const names = new RegExp(`\\.(?:${UNUSED.join("|")})(?![\\w-])`);
// Commas inside of :is() and :not() divide nothing; who is denied a class has it not.
const isUsed = (selector) => !names.test(selector.replace(/:not\([^)]*\)/g, ""));

let css = readFileSync(file, "utf8").replace(/([^{}]+)\{([^{}]*)\}/g, (rule, head, body) => {
  const kept = head.split(/,(?![^(]*\))/).filter(isUsed);
  return kept.length ? `${kept.join(",")}{${body}}` : "";
});
for (let before = ""; before !== css; ) {
  before = css;
  css = css.replace(/@(?:media|supports)[^{}]*\{\}/g, "");
}
writeFileSync(file, css);
