// Measures the contrast of each visible text with its background (WCAG 2, 1.4.3). Returns the
// number of texts, and those below 4.5.
const parse = (colour) => {
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  return { red, green, blue, alpha };
};
const over = (above, below) => {
  const mix = (name) => above[name] * above.alpha + below[name] * (1 - above.alpha);
  return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
};
const luminance = ({ red, green, blue }) => {
  const linear = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const background = (element) => {
  const own = parse(getComputedStyle(element).backgroundColor);
  if (own.alpha === 1) return own;
  // Behind the root is the canvas, which is white by default.
  const parent = element.parentElement;
  return over(own, parent ? background(parent) : parse("rgb(255, 255, 255)"));
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.textContent.trim();
  const isShown = element.checkVisibility() && !element.closest("script, noscript, title");
  if (text === "" || !isShown) continue;
  const style = getComputedStyle(element);
  const behind = background(element);
  const colour = over(parse(element instanceof SVGElement ? style.fill : style.color), behind);
  texts.push({ text, contrast: contrast(colour, behind) });
}
return {
  texts: texts.length,
  weak: texts.filter((found) => found.contrast < 4.5),
  paper: luminance(background(document.body)),
};
