// Loaded into an engine process before anything else: notes in the file EXPLAIN_READS every path, without links, that it opens or lists.
const fs = require("node:fs");

const log = process.env.EXPLAIN_READS;
const { appendFileSync, realpathSync } = fs;
const original = realpathSync.native;

function note(target) {
  try {
    appendFileSync(log, `${original(String(target))}\n`);
  } catch {
    // There is nothing, so nothing can be read.
  }
}

function watch(module, names) {
  for (const name of names) {
    const plain = module[name];
    module[name] = (target, ...rest) => {
      if (typeof target !== "number") {
        note(target);
      }
      return plain.call(module, target, ...rest);
    };
  }
}

if (log) {
  const names = ["open", "readFile", "readdir", "opendir"];
  watch(fs.promises, names);
  watch(fs, [...names, "openSync", "readFileSync", "readdirSync", "opendirSync", "createReadStream"]);
}
