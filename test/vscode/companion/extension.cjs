/**
 * A test's hand inside the extension host: answers requests on 127.0.0.1, at the port it writes to the file that COMPANION_PORT_FILE
 * names. Never part of the package.
 */
const { createServer } = require("node:http");
const { writeFileSync } = require("node:fs");
const childProcess = require("node:child_process");
const Module = require("node:module");
const { monitorEventLoopDelay } = require("node:perf_hooks");
const vscode = require("vscode");

const subject = "explain-with-transformer.explain-with-transformer";
/** How often the event loop is looked at, in milliseconds. */
const resolution = 1;

let measurement;

/** What loading and activating the extension under test took: time on the clock, and this thread's own work. In milliseconds. */
const activation = {};

/** Runs something and notes what it took. */
async function timed(name, action) {
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  const note = () => {
    const { user, system } = process.threadCpuUsage(cpu);
    activation[name] = { milliseconds: performance.now() - start, work: (user + system) / 1000 };
  };
  const result = action();
  note();
  if (result instanceof Promise) {
    await result;
    note();
  }
  return result;
}

/** The engine processes of the extension under test, and who waits for what one answers. */
const engines = [];
let waiting = () => undefined;
let explanations = 0;

/** Keeps an engine process, and hears the explanations that it sends. */
function watchEngine(engine) {
  engines.push(engine);
  engine.on("message", (message) => {
    if (message?.result?.schema === 2) {
      explanations++;
      waiting(message.result);
    }
  });
}

/** Watches every engine process: those to come, and one that a panel has had started which came back with the window. */
function watchEngines() {
  const { fork, ChildProcess } = childProcess;
  for (const handle of process._getActiveHandles()) {
    if (handle instanceof ChildProcess && handle.spawnargs.some((word) => word.endsWith("engine.cjs"))) {
      watchEngine(handle);
    }
  }
  childProcess.fork = (...parameters) => {
    const engine = fork(...parameters);
    watchEngine(engine);
    return engine;
  };
  Module.syncBuiltinESMExports();
}

const requests = {
  /** What is known of the extension under test. */
  extension: () => {
    const extension = vscode.extensions.getExtension(subject);
    return { present: extension !== undefined, active: extension?.isActive ?? false, version: vscode.version };
  },
  /** Waits until it is active and says what that took. */
  activate: async () => {
    await vscode.extensions.getExtension(subject).activate();
    return activation;
  },
  startMeasuring: () => {
    const histogram = monitorEventLoopDelay({ resolution });
    histogram.enable();
    // Beside the wall time between two turns of the loop, this thread's own work between them: a busy machine lengthens only the former.
    const measured = { histogram, work: 0, cpu: process.threadCpuUsage() };
    measured.timer = setInterval(() => {
      const { user, system } = process.threadCpuUsage(measured.cpu);
      measured.cpu = process.threadCpuUsage();
      measured.work = Math.max(measured.work, (user + system) / 1000);
    }, resolution);
    measurement = measured;
    return null;
  },
  stopMeasuring: () => {
    measurement.histogram.disable();
    clearInterval(measurement.timer);
    return {
      longestBlock: Math.max(0, measurement.histogram.max / 1e6 - resolution),
      longestWork: measurement.work,
    };
  },
  run: async ({ command, args }) => {
    const done = vscode.commands.executeCommand(command, ...(args ?? []));
    // A command may wait for a person: the answer does not.
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 200))]);
    return null;
  },
  setting: async ({ name, value }) => {
    await vscode.workspace.getConfiguration().update(name, value ?? undefined, vscode.ConfigurationTarget.Global);
    return null;
  },
  /** Opens a file and selects from one offset to another. */
  select: async ({ file, start, end }) => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
    const selection = new vscode.Selection(document.positionAt(start), document.positionAt(end));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, selection });
    return { characters: document.getText(selection).length };
  },
  /** Explains all of a new document and answers what the engine sent. */
  explain: async ({ text }) => {
    const document = await vscode.workspace.openTextDocument({ content: text, language: "plaintext" });
    const end = document.positionAt(document.getText().length);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(0, 0, end.line, end.character) });
    const explanation = new Promise((resolve) => {
      waiting = resolve;
    });
    await vscode.commands.executeCommand("explainWithTransformer.explainSelection");
    return await explanation;
  },
  /** How many finished explanations engines have sent. */
  explanations: () => explanations,
  /** Kills the engine process that runs, if there is one; the next request starts another. */
  endEngine: async () => {
    const engine = engines.at(-1);
    if (engine && engine.exitCode === null && engine.signalCode === null) {
      const gone = new Promise((resolve) => engine.once("exit", resolve));
      engine.kill("SIGKILL");
      await gone;
    }
    return null;
  },
  /** The text of the document in the first group of editors. */
  text: () => vscode.window.visibleTextEditors.find(({ viewColumn }) => viewColumn === 1)?.document.getText() ?? "",
  /** Opens a file in whatever editor is made for it. */
  openFile: async ({ file }) => {
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file));
    return null;
  },
  /** Makes the lines of the active editor end with CRLF or LF. */
  lineEnds: async ({ crlf }) => {
    const { EndOfLine, window } = vscode;
    await window.activeTextEditor.edit((edit) => edit.setEndOfLine(crlf ? EndOfLine.CRLF : EndOfLine.LF));
    return null;
  },
  pid: () => process.pid,
};

/** Times the loading and the activation of the extension under test, which comes later: this one is started with the host. */
function watchActivation() {
  const extension = vscode.extensions.getExtension(subject);
  const { _load: load } = Module;
  Module._load = function (name, ...rest) {
    if (!String(name).startsWith(extension.extensionPath)) {
      return load.call(this, name, ...rest);
    }
    Module._load = load;
    let loaded;
    timed("load", () => {
      loaded = load.call(this, name, ...rest);
    });
    return { ...loaded, activate: (context) => timed("activate", () => loaded.activate(context)) };
  };
}

exports.activate = (context) => {
  watchActivation();
  watchEngines();
  const server = createServer(async (request, response) => {
    try {
      let body = "";
      for await (const piece of request) {
        body += piece;
      }
      const { name, parameters } = JSON.parse(body);
      response.end(JSON.stringify({ result: (await requests[name](parameters)) ?? null }));
    } catch (error) {
      response.end(JSON.stringify({ error: String(error?.stack ?? error) }));
    }
  });
  server.listen(0, "127.0.0.1", () => writeFileSync(process.env.COMPANION_PORT_FILE, String(server.address().port)));
  context.subscriptions.push({ dispose: () => server.close() });
};
