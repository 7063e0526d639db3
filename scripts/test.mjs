/**
 * `npm test [-- STEP …]`: everything, on a fresh clone with nothing but node and npm. The last line is `N passed, N failed`.
 *
 * Steps: lint, types, build, package, vscode, webview, unit, engine. Without names all run, in rows beside each other, since a window and an engine that starts wait
 * for much of their time. What a step prints is then shown as a whole when it has ended.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureDependencies } from "./lib/install.mjs";
import { ownTarget, resultsFolder, root, targets } from "./lib/paths.mjs";
import { run, StepError } from "./lib/run.mjs";

/** One after the other in a row, the rows beside each other: the window is tried as it is built and packaged. */
const rowsOfSteps = [["build", "package", "vscode"], ["lint", "types", "unit", "webview"], ["engine"]];
const projects = ["unit", "engine", "webview", "vscode"];
const steps = rowsOfSteps.flat();

/** Colours are for a terminal; a log stays readable without. */
const plain = !process.stdout.isTTY;

/** Runs a program of a development dependency. */
function tool(script, args, options) {
  const env = plain ? { NO_COLOR: "1", FORCE_COLOR: undefined } : {};
  return run(process.execPath, [path.join(root, "node_modules", script), ...args], { cwd: root, env, ...options });
}

/** The files of a report that took longest, and how long. */
function slowestOf({ testResults }) {
  return testResults
    .map(({ name, startTime, endTime }) => ({ file: path.relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5);
}

/**
 * Runs one vitest project and returns its counts and its slowest files; a project without tests, or one that ends without a report, has failed. What it prints is
 * shown at once, or given to `say` where there is one.
 */
async function runProject(project, say) {
  const report = path.join(resultsFolder, `${project}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code, text } = await tool("vitest/vitest.mjs", ["run", "--project", `${project}*`, ...reporters], {
    allowFailure: true,
    output: say ? "keep" : "show",
    timeoutMinutes: 60,
  });
  say?.(text);
  const { error, ...counts } = countsOf(project, report, code);
  if (error) {
    (say ?? console.error)(error);
  }
  return counts;
}

/** What a report says, and what is wrong with it. */
function countsOf(project, report, code) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 1, error: `The ${project} tests ended without a report (exit code ${code}).` };
  }
  const passed = result.numPassedTests;
  const slowest = slowestOf(result);
  // A file that does not load has no tests of its own to count.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.length,
  ).length;
  const failed = result.numFailedTests + brokenFiles;
  if (failed === 0 && (code !== 0 || passed === 0)) {
    const error = passed === 0 ? `No ${project} test was run.` : `The ${project} tests ended with exit code ${code}.`;
    return { passed, failed: 1, slowest, error };
  }
  return { passed, failed, slowest };
}

const once = { passed: 1, failed: 0 };

const actions = {
  install: async () => {
    await ensureDependencies();
    return { passed: 0, failed: 0 };
  },
  lint: async (say) => {
    const args = ["ci", "--error-on-warnings", ...(plain ? ["--colors=off"] : [])];
    await tool("@biomejs/biome/bin/biome", args, { output: say ? "keep" : "show" });
    return once;
  },
  types: async (say) => {
    await tool("typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.json"], { output: say ? "keep" : "show" });
    return once;
  },
  build: async () => {
    const { build } = await import("./build.mjs");
    await build({ production: true }).catch(() => {
      throw new StepError("The build failed; its messages are above.");
    });
    return once;
  },
  package: async () => {
    const { packageTargets } = await import("./package.mjs");
    if (!targets.includes(ownTarget)) {
      throw new StepError(
        `There is no package for this machine (${ownTarget}); the targets are ${targets.join(", ")}.`,
      );
    }
    await packageTargets([ownTarget]);
    return once;
  },
  ...Object.fromEntries(projects.map((project) => [project, (say) => runProject(project, say)])),
};

/** The browser that two rows need, once it is there. */
let browser;

async function prepare(step) {
  if (step === "webview" || step === "vscode") {
    browser ??= import("./lib/browser.mjs").then(({ ensureBrowser }) => ensureBrowser());
    await browser;
  }
  if (step === "vscode") {
    const { ensureCodeServer } = await import("./lib/codeServer.mjs");
    await ensureCodeServer();
  }
}

const headOf = (step) => `\n── ${step} ${"─".repeat(Math.max(0, 76 - step.length))}`;

/** Performs a step and returns its row of the result. What it prints is shown as it comes, or, `together`, when it has ended. */
async function perform(step, together = false) {
  const start = Date.now();
  const said = [headOf(step)];
  if (!together) {
    console.log(said[0]);
  }
  let counts;
  try {
    await prepare(step);
    counts = await actions[step](together ? (text) => said.push(text.trim()) : undefined);
  } catch (error) {
    counts = { passed: 0, failed: 1 };
    const words = error instanceof StepError ? `error: ${error.message}` : error;
    if (together) {
      said.push(String(words?.stack ?? words));
    } else {
      console.error(words);
    }
  }
  if (together) {
    console.log(said.join("\n"));
  }
  return { step, ...counts, seconds: (Date.now() - start) / 1000 };
}

/** Performs the steps that are wanted and returns their rows. */
async function performAll(isWanted) {
  const besides = rowsOfSteps.map((row) => row.filter(isWanted)).filter(({ length }) => length > 0);
  if (besides.length > 1) {
    console.log(headOf(`beside each other: ${besides.map((row) => row.join(", ")).join(" | ")}`));
  }
  const found = await Promise.all(
    besides.map(async (row) => {
      const own = [];
      for (const step of row) {
        own.push(await perform(step, besides.length > 1));
      }
      return own;
    }),
  );
  return found.flat();
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.includes(name));
let rows;
if (unknown.length > 0) {
  console.error(`error: unknown step ${unknown.join(", ")}; the steps are ${steps.join(", ")}.`);
  rows = [{ step: "arguments", passed: 0, failed: 1, seconds: 0 }];
} else {
  if (wanted.length === 0) {
    rmSync(resultsFolder, { recursive: true, force: true });
  }
  mkdirSync(resultsFolder, { recursive: true });
  const installed = await perform("install");
  rows = installed.failed > 0 ? [installed] : await performAll((step) => !wanted.length || wanted.includes(step));
}

console.log(`\n── result ${"─".repeat(70)}`);
for (const { step, passed, failed, seconds, slowest = [] } of rows) {
  const mark = failed > 0 ? "✗" : "✓";
  console.log(
    `${mark} ${step.padEnd(9)}${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(8)} s`,
  );
  for (const one of slowest) {
    console.log(`    ${one.seconds.toFixed(1).padStart(6)} s ${one.file}`);
  }
}
const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
