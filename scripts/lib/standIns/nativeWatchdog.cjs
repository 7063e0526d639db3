/** Replaces the compiled `@vscode/native-watchdog`: ends this process soon after the watched one is gone. */
exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      process.exit(87);
    }
  }, 1000).unref();
};

exports.exit = (code) => process.exit(code || 0);
