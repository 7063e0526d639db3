/**
 * Breaks every rule of the gradient in turn and sees whether a test notices: set to zero, made 1 % too large, its operands swapped.
 *
 *     node scripts/breakRules.mjs [operator ...]
 *
 * Prints a table of rule × break and ends with 1 if one went unnoticed. The rules are broken by the tests' own support
 * (test/engine/gradient/support.ts reads BREAK_RULE); the product knows nothing of it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const breaks = ["zero", "scale", "swap"];
/** Rules for more than one operand; the others have nothing to swap. */
const severalOperands = new Set(
  (
    "Add Sub Mul Div Sum Pow Max Min Where MatMul com.microsoft.FusedMatMul Gemm Einsum Conv Concat LayerNormalization " +
    "SimplifiedLayerNormalization RMSNormalization ScatterElements ScatterND"
  ).split(" "),
);

async function operatorsWithRules() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/graph/gradient/plainGradient.ts"],
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const { plainGradient } = await import(`data:text/javascript;base64,${code}`);
  return [...plainGradient.keys()];
}

function testsPass(operator, how) {
  const tests = ["vitest", "run", "--project", "engine", "test/engine/gradient/rules.test.ts"];
  const { status } = spawnSync("npx", [...tests, "-t", ` ${operator}, `, "--bail", "1", "--reporter", "dot"], {
    cwd: root,
    env: { ...process.env, BREAK_RULE: how ? `${operator}:${how}` : "" },
    stdio: "ignore",
  });
  return status === 0;
}

const operators = process.argv.length > 2 ? process.argv.slice(2) : await operatorsWithRules();
let unnoticed = 0;
console.log(`${"rule".padEnd(32)}${breaks.map((how) => how.padEnd(8)).join("")}`);
for (const operator of operators) {
  const cells = breaks.map((how) => {
    if (how === "swap" && !severalOperands.has(operator)) {
      return "–";
    }
    const noticed = !testsPass(operator, how);
    unnoticed += noticed ? 0 : 1;
    return noticed ? "caught" : "MISSED";
  });
  const whole = testsPass(operator) ? "" : "fails unbroken";
  unnoticed += whole ? 1 : 0;
  console.log(`${operator.padEnd(32)}${cells.map((cell) => cell.padEnd(8)).join("")}${whole}`);
}
console.log(`${operators.length} rules, ${unnoticed} breaks unnoticed`);
process.exitCode = unnoticed > 0 ? 1 : 0;
