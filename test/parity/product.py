"""The product's side of a comparison, for the others to import: a program of `test/parity` that answers each line of JSON with one."""

import json
import subprocess

from models import root


def program(name):
    """Bundles test/parity/NAME.ts and starts it; gives what asks it."""
    output = root / "out" / f"parity-{name}.mjs"
    esbuild = [root / "node_modules" / ".bin" / "esbuild", root / "test" / "parity" / f"{name}.ts"]
    switches = ["--bundle", "--platform=node", "--format=esm", "--external:onnxruntime-node", f"--outfile={output}", "--log-level=warning"]
    banner = "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
    subprocess.run([*map(str, esbuild), *switches, banner], check=True, cwd=root)
    process = subprocess.Popen(["node", str(output)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)

    def ask(**question):
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return ask
