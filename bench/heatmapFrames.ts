import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../test/support/browser";
import { longExplanation } from "../test/webview/fixture";
import { openPanel } from "../test/webview/page";

const tokens = 512;
const moves = 300;
const frameBudget = 1000 / 60;

interface Frames {
  readonly perSecond: number;
  readonly median: number;
  readonly percentile95: number;
  readonly longest: number;
  /** Main-thread work per frame in milliseconds: scripts, styles and layout. */
  readonly work: number;
  /** Distinct cells the read-out has shown: proof that every move was followed. */
  readonly cells: number;
}

/** Prints how smoothly the cross-hair follows the pointer over a 512 × 512 head; the aim is 60 frames a second. */
export async function run(): Promise<void> {
  const browser = await launchBrowser();
  try {
    console.log(`Heatmap of ${tokens} × ${tokens} while the pointer moves (${moves} moves)`);
    console.log("picture  width  pixels  frames/s  median ms  95 % ms  longest ms  work ms  fits a frame");
    for (const picture of ["map", "lines"]) {
      for (const [width, scale] of [
        [700, 1],
        [1200, 1],
        [1200, 2],
      ] as const) {
        console.log(row(picture, width, scale, await measure(browser, picture, width, scale)));
      }
    }
  } finally {
    await browser.close();
  }
}

function row(picture: string, width: number, scale: number, frames: Frames): string {
  const { perSecond, median, percentile95, longest, work } = frames;
  const numbers = [perSecond, median, percentile95, longest, work].map((value) => value.toFixed(1));
  const columns = [8, 9, 7, 10, 7].map((size, index) => (numbers[index] ?? "").padStart(size + 2));
  const fits = work <= frameBudget ? "yes" : "no";
  return `${picture.padEnd(7)}${String(width).padStart(7)}${`× ${scale}`.padStart(8)}${columns.join("")}${fits.padStart(14)}`;
}

async function measure(browser: Browser, picture: string, width: number, scale: number): Promise<Frames> {
  const page = await openPanel(browser, longExplanation(tokens), { width, scale, height: 1000 });
  try {
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.locator(".heatmap canvas").waitFor();
    await page.getByRole("radio", { name: picture }).click();
    const plot = page.locator(picture === "map" ? ".heatmap canvas" : ".lines .plot");
    await plot.scrollIntoViewIfNeeded();
    await page.waitForTimeout(500);
    return await follow(page, plot);
  } finally {
    await page.context().close();
  }
}

async function follow(page: Page, plot: ReturnType<Page["locator"]>): Promise<Frames> {
  const box = await plot.boundingBox();
  const height = Math.min(box?.height ?? 0, 600);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.evaluate(startRecording);
  const before = await mainThreadSeconds(session);
  for (let move = 0; move < moves; move++) {
    const share = move / moves;
    const x = (box?.x ?? 0) + (0.05 + 0.9 * Math.abs(Math.sin(share * 7))) * (box?.width ?? 0);
    const y = (box?.y ?? 0) + (0.05 + 0.9 * share) * height;
    await session.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y, pointerType: "mouse" });
  }
  const after = await mainThreadSeconds(session);
  const { times, cells } = await page.evaluate(stopRecording);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    perSecond: (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0),
    median: at(0.5),
    percentile95: at(0.95),
    longest: at(1),
    work: (1000 * (after - before)) / Math.max(1, gaps.length),
    cells,
  };
}

interface RecordingWindow {
  recording: { readonly times: number[]; readonly cells: Set<string>; on: boolean };
}

function startRecording(): void {
  const recording = { times: [] as number[], cells: new Set<string>(), on: true };
  (window as unknown as RecordingWindow).recording = recording;
  const frame = (time: number): void => {
    recording.times.push(time);
    recording.cells.add(document.querySelector(".readout .pair")?.textContent ?? "");
    if (recording.on) {
      requestAnimationFrame(frame);
    }
  };
  requestAnimationFrame(frame);
}

function stopRecording(): { times: number[]; cells: number } {
  const { recording } = window as unknown as RecordingWindow;
  recording.on = false;
  return { times: recording.times, cells: recording.cells.size };
}

async function mainThreadSeconds(session: {
  send(method: "Performance.getMetrics"): Promise<{ metrics: { name: string; value: number }[] }>;
}): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  const names = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];
  return metrics.filter(({ name }) => names.includes(name)).reduce((sum, { value }) => sum + value, 0);
}
