/** Formatting of numbers for people; the same in editor, panel and command line. */
import type { Outcome } from "./prediction/form";

/** A signed score with three decimals and a true minus sign: `+0.151`, `−0.053`. */
export function formatScore(score: number): string {
  const text = Math.abs(score).toFixed(3);
  if (Number(text) === 0) {
    return text;
  }
  return `${score < 0 ? "−" : "+"}${text}`;
}

/** A probability or share as per cent with one decimal: `98.7 %`; never rounded up to a false 100. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 99.95 && share < 1) {
    return "> 99.9 %";
  }
  if (percent < 0.05 && share > 0) {
    return "< 0.1 %";
  }
  return `${percent.toFixed(1)} %`;
}

/** A plain number with three decimals and a true minus sign. */
export function formatNumber(value: number): string {
  return formatScore(value).replace("+", "");
}

/** What a model says of a class: its probability, or the number itself where there is none, which from 1,000 on has no decimals. */
export function formatOutput({ logit, probability }: Pick<Outcome, "logit" | "probability">): string {
  if (probability !== null) {
    return formatPercent(probability);
  }
  return Math.abs(logit) < 1000
    ? formatNumber(logit)
    : `${logit < 0 ? "−" : ""}${formatCount(Math.round(Math.abs(logit)))}`;
}

/** A duration for people: `210 ms`, `1.9 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) {
    return `${Math.round(milliseconds)} ms`;
  }
  if (milliseconds < 60_000) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A whole number with its thousands set apart: `1,000`. Without `Intl`, whose first use takes longer than the extension may take to start. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A file's size for people: `17.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["kB", "MB", "GB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toFixed(1)} ${units[unit] ?? ""}`;
}
