// Makes static/icons.svg and static/icons-more.svg: our own mark and the Bootstrap Icons named in icons.txt, as sprites of
// symbols. Names before the line `---` come with every page, the others where one of them is shown.
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const [first, more] = readFileSync(new URL("icons.txt", here), "utf8").split("---").map((part) => part.split(/\s+/).filter(Boolean));
const own = readFileSync(new URL("mark.svg", here), "utf8");

const symbol = (name, svg) => {
  const viewBox = svg.match(/viewBox="([^"]+)"/)[1];
  const body = svg.replace(/<\?xml[^>]*>/, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="${name}" viewBox="${viewBox}">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
};

const icon = (name) => symbol(name, readFileSync(new URL(`node_modules/bootstrap-icons/icons/${name}.svg`, here), "utf8"));

function write(file, symbols) {
  writeFileSync(
    new URL(`../static/${file}`, here),
    `<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">\n<!-- Bootstrap Icons, MIT: see icons.LICENSE.txt. Built by assets/build-icons.mjs. -->\n${symbols.join("\n")}\n</svg>\n`,
  );
  console.log(`${file}: ${symbols.length} icons`);
}

write("icons.svg", [symbol("mark", own), ...first.map(icon)]);
write("icons-more.svg", more.map(icon));
