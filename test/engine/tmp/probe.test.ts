import path from "node:path";
import { it } from "vitest";
import { traceAttention } from "../../../src/graph/attention";
import { graphOf } from "../../../src/graph/graph";
import { findHiddenStates } from "../../../src/graph/hiddenStates";
import { readModel } from "../../../src/graph/modelFile";
import { normalForm } from "../../../src/graph/normalForm";
import { findValues } from "../../../src/graph/valueVectors";
import { corpusFiles, corpusFolder, corpusModel } from "../../support/corpus";

it("x", () => {
  for (const f of corpusFiles(path.join(corpusFolder, "models"))) {
    const g = normalForm(graphOf(readModel(corpusModel(f))));
    const maps = traceAttention(g);
    console.log(
      f.label,
      "\n",
      findHiddenStates(g, maps)
        .map((s) => `${s.stream}${s.layer}:${s.value}`)
        .join(" "),
      "\n",
      findValues(g, maps)
        .map((v) => `${v.values} ${JSON.stringify(v.projection)}`)
        .join("\n "),
    );
  }
});
