import { ExplainError } from "../../common/errors";
import { normalForm } from "../normalForm";
import { checked, type ReadGraph } from "../readGraph";
import { refuseMuchWork } from "../workBounds";
import { inertSettings } from "./inert";
import { Net } from "./net";
import { corruptSettings } from "./refusals";
import { architectures, headOf } from "./registry";
import { Settings } from "./settings";
import { type Weights, weightsUnder } from "./weights";

/**
 * The graph of a checkpoint: the forward pass of its architecture with its weights, which are read when they are looked at. Throws `model-unsupported` naming an architecture, a head or a setting that is
 * not known here, `model-file-corrupt` for weights and settings that do not fit each other.
 */
export function checkpointGraph(config: Readonly<Record<string, unknown>>, weights: Weights): ReadGraph {
  const settings = new Settings(config);
  const type = config.model_type;
  if (typeof type !== "string") {
    throw corruptSettings("model_type is no text");
  }
  const architecture = Object.hasOwn(architectures, type) ? architectures[type] : undefined;
  const className = Array.isArray(config.architectures) ? String(config.architectures[0]) : "Model";
  const head = headOf(className);
  if (!architecture || head === null || !architecture.heads.includes(head)) {
    throw new ExplainError(
      "model-unsupported",
      "Checkpoints of this kind ({0}, {1}) cannot be opened here. Export the model to ONNX. Known are: {2}.",
      type.slice(0, 60),
      className.slice(0, 80),
      Object.keys(architectures).join(", "),
    );
  }
  if (config.quantization_config !== undefined && config.quantization_config !== null) {
    throw new ExplainError(
      "model-unsupported",
      "The weights of this checkpoint are quantised, which is not supported for checkpoints here. Use the original or an ONNX file of it.",
    );
  }
  const { prefix: usual, spansPrefix = usual } = architecture;
  const prefix = head === "spans" ? spansPrefix : usual;
  const net = new Net(weightsUnder(weights, prefix));
  architecture.write(net, settings, head);
  settings.refuseUnread(inertSettings);
  const shipped = net.graph();
  const graph = checked(normalForm(shipped));
  refuseMuchWork(graph);
  return { shipped, graph };
}
