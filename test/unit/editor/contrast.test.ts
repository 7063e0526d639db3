import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bucketCount } from "../../../src/common/colourScale";
import { attentionColour, importanceColour, otherColours, surpriseColour } from "../../../src/editor/ids";
import { dimBucket, staleOpacity } from "../../../src/editor/paint";

type Kind = "dark" | "light" | "highContrast" | "highContrastLight";

/** Text colours of the themes that VS Code comes with (theme-defaults 1.139): of prose and Markdown, and of code. */
const themes: readonly { name: string; kind: Kind; background: string; prose: string[]; code: string[] }[] = [
  {
    name: "Dark Modern",
    kind: "dark",
    background: "#1F1F1F",
    prose: ["#CCCCCC", "#569CD6", "#C586C0", "#CE9178"],
    code: ["#6A9955", "#B5CEA8", "#6796E6", "#DCDCAA", "#4EC9B0", "#9CDCFE", "#4FC1FF", "#D7BA7D", "#D16969"],
  },
  {
    name: "Dark 2026",
    kind: "dark",
    background: "#121314",
    prose: ["#BBBEBF", "#569CD6", "#C586C0", "#CE9178", "#79C0FF", "#C9D1D9", "#7EE787"],
    code: ["#6A9955", "#FFA657", "#FF7B72", "#D2A8FF", "#A5D6FF", "#FFA198", "#B267E6"],
  },
  {
    name: "Light Modern",
    kind: "light",
    background: "#FFFFFF",
    prose: ["#3B3B3B", "#000000", "#800000", "#000080", "#800080", "#A31515", "#0451A5"],
    code: ["#008000", "#098658", "#267F99", "#0000FF", "#AF00DB", "#795E26", "#001080", "#0070C1", "#CD3131"],
  },
  {
    name: "Light 2026",
    kind: "light",
    background: "#FFFFFF",
    prose: ["#202020", "#0550AE", "#1F2328", "#116329", "#0A3069"],
    code: ["#6E7781", "#CF222E", "#953800", "#8250DF", "#82071E"],
  },
  {
    name: "Dark High Contrast",
    kind: "highContrast",
    background: "#000000",
    prose: ["#FFFFFF", "#6796E6", "#CE9178", "#569CD6"],
    code: ["#7CA668", "#B5CEA8", "#D16969", "#808080", "#DCDCAA", "#4EC9B0", "#9CDCFE"],
  },
  {
    name: "Light High Contrast",
    kind: "highContrastLight",
    background: "#FFFFFF",
    prose: ["#292929", "#0F4A85", "#000080", "#800080", "#B5200D"],
    code: ["#515151", "#096D48", "#185E73", "#5E2CBC", "#264F78", "#02715D", "#811F3F"],
  },
];

const manifest: { contributes: { colors: { id: string; defaults: Record<Kind, string> }[] } } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
);

/** What the panel draws behind words whose scores have no sign. */
const panelTints = readFileSync(new URL("../../../webview/styles/tokens.css", import.meta.url), "utf8")
  .split("\n\n")
  .filter((rule) => /^\[data-(?:heat|size)=/.test(rule))
  .join("\n");

/** A percentage as the last two digits of a colour. */
function alpha(percent: string): string {
  return Math.round((Number(percent) / 100) * 255)
    .toString(16)
    .padStart(2, "0");
}

function contributed(id: string, kind: Kind): string {
  return manifest.contributes.colors.find((colour) => colour.id === id)?.defaults[kind] ?? "";
}

function channels(colour: string): number[] {
  return [1, 3, 5, 7].map((start) =>
    start < colour.length ? Number.parseInt(colour.slice(start, start + 2), 16) : 255,
  );
}

function blend(over: string, under: string): number[] {
  const [top, bottom] = [channels(over), channels(under)];
  const alpha = (top[3] ?? 255) / 255;
  return [0, 1, 2].map((channel) => (top[channel] ?? 0) * alpha + (bottom[channel] ?? 0) * (1 - alpha));
}

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** How different two colours look: their distance in Oklab (Ottosson 2020). */
function difference(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [oklab(a), oklab(b)];
  return Math.hypot(...one.map((value, index) => value - (other[index] ?? 0)));
}

function oklab(rgb: readonly number[]): number[] {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const long = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const medium = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const short = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** The hue of a colour in degrees, as HSV has it. */
function hue(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour);
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const sixth =
    most === red
      ? (green - blue) / (most - least)
      : most === green
        ? 2 + (blue - red) / (most - least)
        : 4 + (red - green) / (most - least);
  return (60 * sixth + 360) % 360;
}

const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);

describe.each(themes)("$name", ({ kind, background, prose, code }) => {
  const surprise = buckets.map((bucket) => blend(contributed(surpriseColour(bucket), kind), background));
  const backgrounds = [
    ...[...buckets, ...buckets.map((bucket) => -bucket)].map((bucket) =>
      blend(contributed(importanceColour(bucket), kind), background),
    ),
    ...surprise,
  ];
  const plain = channels(background).slice(0, 3);

  it("keeps prose and Markdown at 4.5:1 on every background", () => {
    for (const colour of prose) {
      for (const behind of backgrounds) {
        expect(contrast(channels(colour).slice(0, 3), behind), colour).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it("keeps the panel's text at 4.5:1 on the tints of attention and of sizes", () => {
    const [text = ""] = prose;
    for (const [, percent = ""] of panelTints.matchAll(/--attention-full\) (\d+)%/g)) {
      const attention = contributed(attentionColour(bucketCount), kind) + alpha(percent);
      expect(contrast(channels(text).slice(0, 3), blend(attention, background)), percent).toBeGreaterThanOrEqual(4.5);
    }
    for (const [, percent = ""] of panelTints.matchAll(/--foreground\) (\d+)%/g)) {
      const tint = blend(text + alpha(percent), background);
      expect(contrast(channels(text).slice(0, 3), tint), percent).toBeGreaterThanOrEqual(4.5);
    }
    expect(panelTints.match(/data-(?:heat|size)=/g)).toHaveLength(2 * bucketCount);
  });

  it("keeps plain text at 4.5:1 where it is dimmed because it was edited", () => {
    const [text = ""] = prose;
    for (const bucket of new Set([...buckets, 0].flatMap((one) => [dimBucket(one), dimBucket(-one)]))) {
      const behind = bucket === 0 ? plain : blend(contributed(importanceColour(bucket), kind), background);
      const seen = channels(text).slice(0, 3);
      const dimmed = behind.map((value, channel) => value + ((seen[channel] ?? 0) - value) * staleOpacity);
      expect(contrast(dimmed, behind), String(bucket)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("keeps every colour of code that is readable without it at 3:1 or more", () => {
    for (const colour of code.filter((one) => contrast(channels(one).slice(0, 3), plain) >= 4.5)) {
      for (const behind of backgrounds) {
        expect(contrast(channels(colour).slice(0, 3), behind), colour).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it("makes each strength differ from the next and from the plain background", () => {
    const distance = (a: readonly number[], b: readonly number[]): number =>
      Math.hypot(...a.map((value, channel) => value - (b[channel] ?? 0)));
    const sides = [1, -1].map((side) =>
      buckets.map((bucket) => blend(contributed(importanceColour(side * bucket), kind), background)),
    );
    for (const strengths of [...sides, surprise]) {
      const steps = [plain, ...strengths];
      for (let index = 1; index < steps.length; index += 1) {
        expect(distance(steps[index] ?? [], steps[index - 1] ?? [])).toBeGreaterThan(8);
      }
    }
  });

  it("shows what speaks against as strongly as what speaks for, in every strength", () => {
    const strength = (bucket: number): number =>
      difference(blend(contributed(importanceColour(bucket), kind), background), plain);
    for (const bucket of buckets) {
      const ratio = strength(-bucket) / strength(bucket);
      expect(ratio, String(bucket)).toBeGreaterThan(0.85);
      expect(ratio, String(bucket)).toBeLessThan(1.18);
    }
  });

  it("gives text and bars of a side the same hue", () => {
    for (const [bucket, bar] of [
      [1, otherColours.supportsBar],
      [-1, otherColours.againstBar],
    ] as const) {
      expect(Math.abs(hue(contributed(importanceColour(bucket), kind)) - hue(contributed(bar, kind)))).toBeLessThan(8);
    }
  });

  it("draws attention bars that keep their colour on every background", () => {
    for (const bucket of buckets) {
      expect(contributed(attentionColour(bucket), kind)).toMatch(/^#[0-9A-F]{6}$/);
    }
  });

  it("draws the strongest attention bar at 3:1", () => {
    expect(contrast(blend(contributed(attentionColour(5), kind), background), plain)).toBeGreaterThanOrEqual(3);
  });

  it("tells the sides apart for people who do not see red and green apart", () => {
    const blue = (bucket: number): number =>
      (blend(contributed(importanceColour(bucket), kind), background)[2] ?? 0) -
      (blend(contributed(importanceColour(bucket), kind), background)[0] ?? 0);
    for (const bucket of buckets) {
      expect(blue(bucket)).toBeGreaterThan(blue(-bucket) + 12);
    }
  });
});
