/**
 * `npm test [-- STEP …]`: everything, on a fresh clone with nothing but node and npm. The last line is `N passed, N failed`.
 *
 * Steps: lint, types, build, package, unit, engine, webview, vscode. Without names all run, in this order.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureDependencies } from "./lib/install.mjs";
import { ownTarget, resultsFolder, root, targets } from "./lib/paths.mjs";
import { run, StepError } from "./lib/run.mjs";

const projects = ["unit", "engine", "webview", "vscode"];
const steps = ["lint", "types", "build", "package", ...projects];

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

/** Runs one vitest project and returns its counts and its slowest files; a project without tests, or one that ends without a report, has failed. */
async function runProject(project) {
  const report = path.join(resultsFolder, `${project}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await tool("vitest/vitest.mjs", ["run", "--project", project, ...reporters], {
    allowFailure: true,
    timeoutMinutes: 30,
  });
  let result;
  try {
    result = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    console.error(`The ${project} tests ended without a report (exit code ${code}).`);
    return { passed: 0, failed: 1 };
  }
  const passed = result.numPassedTests;
  const slowest = slowestOf(result);
  // A file that does not load has no tests of its own to count.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.length,
  ).length;
  const failed = result.numFailedTests + brokenFiles;
  if (failed === 0 && (code !== 0 || passed === 0)) {
    console.error(passed === 0 ? `No ${project} test was run.` : `The ${project} tests ended with exit code ${code}.`);
    return { passed, failed: 1, slowest };
  }
  return { passed, failed, slowest };
}

const once = { passed: 1, failed: 0 };

const actions = {
  lint: async () => {
    await tool("@biomejs/biome/bin/biome", ["ci", "--error-on-warnings", ...(plain ? ["--colors=off"] : [])]);
    return once;
  },
  types: async () => {
    await tool("typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.json"]);
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
  ...Object.fromEntries(projects.map((project) => [project, () => runProject(project)])),
};

async function prepare(step) {
  if (step === "webview" || step === "vscode") {
    const { ensureBrowser } = await import("./lib/browser.mjs");
    await ensureBrowser();
  }
  if (step === "vscode") {
    const { ensureCodeServer } = await import("./lib/codeServer.mjs");
    await ensureCodeServer();
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.includes(name));
const rows = [];
if (unknown.length > 0) {
  console.error(`error: unknown step ${unknown.join(", ")}; the steps are ${steps.join(", ")}.`);
  rows.push({ step: "arguments", passed: 0, failed: 1, seconds: 0 });
}
if (wanted.length === 0) {
  rmSync(resultsFolder, { recursive: true, force: true });
}
mkdirSync(resultsFolder, { recursive: true });
for (const step of unknown.length > 0
  ? []
  : ["install", ...steps.filter((name) => !wanted.length || wanted.includes(name))]) {
  console.log(`\n── ${step} ${"─".repeat(Math.max(0, 76 - step.length))}`);
  const start = Date.now();
  let counts;
  try {
    if (step === "install") {
      await ensureDependencies();
      continue;
    }
    await prepare(step);
    counts = await actions[step]();
  } catch (error) {
    console.error(error instanceof StepError ? `error: ${error.message}` : error);
    counts = { passed: 0, failed: 1 };
  }
  rows.push({ step, ...counts, seconds: (Date.now() - start) / 1000 });
  if (step === "install") {
    break;
  }
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
