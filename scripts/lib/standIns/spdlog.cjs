/** Replaces the compiled `@vscode/spdlog`: the same log files, written by plain JavaScript and not rotated. */
const fs = require("node:fs");
const path = require("node:path");

const names = ["trace", "debug", "info", "warn", "error", "critical"];
let defaultLevel = 2;

class Logger {
  constructor(_type, name, file) {
    this.name = name;
    this.level = defaultLevel;
    this.plain = false;
    if (file) {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      this.stream = fs.createWriteStream(file, { flags: "a" });
      this.stream.on("error", () => {});
    }
    names.forEach((label, level) => {
      this[label] = (message) => this.write(level, label, message);
    });
  }

  write(level, label, message) {
    if (level >= this.level && this.stream?.writable) {
      this.stream.write(this.plain ? message : `${new Date().toISOString()} [${label}] ${message}\n`);
    }
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = level;
  }

  setPattern() {}

  clearFormatters() {
    this.plain = true;
  }

  flush() {}

  drop() {
    this.stream?.end();
  }
}

const create = async (_name, file) => new Logger("rotating", _name, file);

exports.version = 0;
exports.setLevel = (level) => {
  defaultLevel = level;
};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
