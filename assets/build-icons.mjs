// Makes static/icons.svg: our own mark and the Bootstrap Icons named in icons.txt, as one sprite of symbols.
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const names = readFileSync(new URL("icons.txt", here), "utf8").split(/\s+/).filter(Boolean);
const own = readFileSync(new URL("mark.svg", here), "utf8");

const symbol = (name, svg) => {
  const viewBox = svg.match(/viewBox="([^"]+)"/)[1];
  const body = svg.replace(/<\?xml[^>]*>/, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="${name}" viewBox="${viewBox}">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
};

const symbols = [
  symbol("mark", own),
  ...names.map((name) => symbol(name, readFileSync(new URL(`node_modules/bootstrap-icons/icons/${name}.svg`, here), "utf8"))),
];
writeFileSync(
  new URL("../static/icons.svg", here),
  `<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">\n<!-- Bootstrap Icons, MIT: see icons.LICENSE.txt. Built by assets/build-icons.mjs. -->\n${symbols.join("\n")}\n</svg>\n`,
);
console.log(`${symbols.length} icons`);
