/** An opaque colour as red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Colours for the canvases, taken from the theme. */
export interface ThemeColours {
  readonly background: Rgb;
  readonly foreground: Rgb;
  readonly attention: Rgb;
  /** 256 colours as little-endian RGBA words, from nothing to the largest value. */
  readonly ramp: Uint32Array;
}

/** Reads a CSS colour, whatever its notation, laid over an opaque one. */
function readColour(css: string, under: Rgb): Rgb {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) {
    return under;
  }
  context.fillStyle = `rgb(${under.join(" ")})`;
  context.fillRect(0, 0, 1, 1);
  // An invalid colour leaves the fill as it was, so that the result is `under`.
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** The theme's colours as they are now, read where `element` is. */
export function themeColours(element: Element): ThemeColours {
  const style = getComputedStyle(element);
  const property = (name: string): string => style.getPropertyValue(name).trim();
  const background = readColour(property("--background"), [0, 0, 0]);
  const foreground = readColour(style.color, background);
  const attention = readColour(property("--attention-full") || style.color, background);
  return { background, foreground, attention, ramp: colourRamp(background, attention) };
}

/** 256 even steps from one colour to another, as little-endian RGBA words for an image. */
function colourRamp(from: Rgb, to: Rgb): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, step) => {
    const share = step / 255;
    const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (to[channel] - from[channel]) * share);
    return ((255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0)) >>> 0;
  });
}

/** Calls `onChange` when VS Code changes the theme. */
export function onThemeChange(onChange: () => void): void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
}
