// Elements of SVG for both plots. Their colours are in the style sheet.

const NAMESPACE = "http://www.w3.org/2000/svg";

export function node(name, attributes = {}, text = "") {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text) made.textContent = text;
  return made;
}

export function label(x, y, text, className, anchor = "start") {
  return node("text", { x, y, class: className, "text-anchor": anchor }, text);
}

export function line(x1, y1, x2, y2, className) {
  return node("line", { x1, y1, x2, y2, class: className });
}

/** Draws now, and whenever the width changes, so that letters keep their size. */
export function drawnAtItsWidth(svg, draw) {
  let width = 0;
  new ResizeObserver(() => {
    if (svg.clientWidth !== width) {
      width = svg.clientWidth;
      draw();
    }
  }).observe(svg);
  draw();
}
