// What test_pages.py measures in a page: a function that is called with the name of a check.
(() => {
  const head = (element) => element.outerHTML.slice(0, 120);
  const shown = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  const all = (selector) => [...document.querySelectorAll(selector)];

  /** Lets the page come to rest: a change of colours runs down the tree, a transition at each level. */
  async function settled() {
    const running = () => document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity);
    for (let round = 0; round < 20; round += 1) {
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      const left = running();
      if (left.length === 0) return;
      for (const animation of left) animation.finish();
    }
  }

  /** What reaches out of the page to the right, though nothing round it scrolls. */
  function tooWide() {
    const width = document.documentElement.clientWidth;
    const reached = document.documentElement.scrollWidth;
    if (reached <= width) return [];
    const wide = all("body *").filter((element) => element.getBoundingClientRect().right > width + 1);
    return [`scrolls to ${reached}`, ...wide.slice(0, 5).map(head)];
  }

  function spoken(element) {
    const copy = element.cloneNode(true);
    for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
    return copy.textContent.trim();
  }

  function named(element) {
    const ids = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    return (
      element.getAttribute("aria-label")?.trim() ||
      ids.map((id) => document.getElementById(id)?.textContent.trim() ?? "").join("") ||
      [...(element.labels ?? [])].map(spoken).join("") ||
      (/^(A|BUTTON|SUMMARY)$/.test(element.tagName) && spoken(element)) ||
      (element.tagName === "INPUT" && /^(submit|button)$/.test(element.type) && element.value)
    );
  }

  /** What a reader by ear would miss: one heading, a title, a language, names for all that can be used. */
  function unnamed() {
    const found = [];
    const used =
      "input:not([type=hidden]), select, textarea, button, a[href], summary, dialog, [role=grid], [role=region]";
    for (const element of all(used))
      if ((shown(element) || element.tagName === "DIALOG") && !named(element)) found.push(`no name: ${head(element)}`);
    for (const image of all("img, svg"))
      if (!image.hasAttribute("alt") && !image.closest("[aria-hidden=true]") && !named(image))
        found.push(`neither named nor hidden: ${head(image)}`);
    const headings = all("h1");
    if (headings.length !== 1) found.push(`${headings.length} h1`);
    if (!headings[0]?.textContent.trim()) found.push("empty h1");
    let level = 1;
    for (const heading of all("main :is(h2, h3, h4, h5, h6)")) {
      const own = Number(heading.tagName[1]);
      if (own > level + 1) found.push(`a level is skipped before ${head(heading)}`);
      level = own;
    }
    if (!document.title.trim()) found.push("no title");
    if (!["ky", "ru", "en"].includes(document.documentElement.lang)) found.push("no language");
    const ids = all("[id]").map((element) => element.id);
    for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`id twice: ${id}`);
    return found;
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];

  /** The colour under an element's words; null where a picture lies there. */
  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      layers.push(rgba(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  }

  function light(colour) {
    const [r, g, b] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  /** Words whose colour is too near to what lies under them (WCAG 1.4.3): 4.5 to 1, large ones 3 to 1. */
  function pale() {
    const found = new Map();
    for (const element of all("body *")) {
      const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!words || !shown(element) || element.closest(".visually-hidden, [disabled], .skip-link")) continue;
      const under = ground(element);
      if (!under) continue;
      const style = getComputedStyle(element);
      const [more, less] = [light(over(rgba(style.color), under)), light(under)].sort((a, b) => b - a);
      const ratio = (more + 0.05) / (less + 0.05);
      const size = parseFloat(style.fontSize);
      const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600) ? 3 : 4.5;
      if (ratio < enough) found.set(element.className || element.tagName, `${ratio.toFixed(2)}: ${head(element)}`);
    }
    return [...found.values()];
  }

  /** Where the keyboard is, and whether the eye can see it. */
  function focused() {
    const at = document.activeElement;
    const ring = (element) => {
      const style = getComputedStyle(element);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    // A radio is drawn by what stands beside it: the ring is there.
    const drawn = [at, at.nextElementSibling, at.parentElement].filter(Boolean).some(ring);
    const box = at.getBoundingClientRect();
    return {
      what: head(at),
      isSkip: at.classList.contains("skip-link"),
      inMain: at.tagName !== "MAIN" && at.closest("main") !== null,
      seen: drawn && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
  }

  /** What a finger has to hit and could miss: under 44 px. Words of a sentence that are a link are as they are. */
  function small() {
    const used = "button, .btn, summary, select, textarea, .menu-item, .tabs a, input:not([type=hidden])";
    const found = new Map();
    for (const element of all(used)) {
      if (!shown(element) || element.closest(".visually-hidden, .jgrid, [disabled]")) continue;
      const ticked = /^(checkbox|radio)$/.test(element.type);
      const label = ticked ? (element.closest("label") ?? element.labels?.[0]) : null;
      if (ticked && element.closest("td, th")) continue; // rows of a desk's table stand closer
      const box = (label?.closest(".form-check") ?? label ?? element).getBoundingClientRect();
      // Half a pixel is how lines are rounded.
      if (box.height < 43.5 || box.width < 43.5)
        found.set(element.className || element.tagName, `${box.width} × ${box.height}: ${head(element)}`);
    }
    return [...found.values()];
  }

  const drawing = () => [...tooWide(), ...pale()];
  const checks = { unnamed, drawing, small, focused };
  return async (check) => {
    await settled();
    return checks[check]();
  };
})()
