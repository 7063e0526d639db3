import { ExplainError } from "../common/errors";
import { type Task, tasks } from "../common/task";
import type { Graph } from "../graph/graph";
import { pooledEmbedding } from "../graph/passes/pooledEmbedding";
import { readPlaces } from "../graph/passes/readPlaces";
import { ranksOf } from "../graph/ranks";
import { type ModelConfig, wrongTask } from "../models/config";
import { taskKinds } from "../tasks/registry";
import type { TaskKind } from "../tasks/task";

/** A graph with the outputs that a task reads, that task, and all tasks of the model that its file serves. */
export interface TaskGraph {
  readonly task: Task;
  readonly served: readonly Task[];
  readonly graph: Graph;
}

/**
 * The task that is wanted, or the first of a model's configuration, that its graph serves by its outputs, and the graph with what that task reads as its only output, where it is not there
 * already. Throws `task-unsupported` naming the tasks that it serves.
 */
export function taskGraph(
  graph: Graph,
  config: Pick<ModelConfig, "tasks" | "sentence">,
  wanted: Task | null,
): TaskGraph {
  const outputs = outputsOf(graph);
  const served = config.tasks.filter((id) => serves(outputs, taskKinds[id]));
  const [task] = wanted === null ? served : served.filter((id) => id === wanted);
  if (task === undefined) {
    throw wanted !== null && served.length > 0 ? wrongTask(wanted, served) : unserved(outputs, config.tasks);
  }
  const { places, outputs: read = usualOutputs, pools } = taskKinds[task];
  if (pools) {
    return { task, served, graph: pooled(graph, outputs, config) };
  }
  return { task, served, graph: places === null ? graph : readPlaces(graph, read) };
}

const usualOutputs = ["logits"];
/** Names of an output that is the pooled embedding of a text already, and of those that are states of its tokens. */
const pooledName = "sentence_embedding";
const stateNames = ["last_hidden_state", "token_embeddings"];

interface Output {
  readonly name: string;
  /** `undefined` where it cannot be told. */
  readonly rank: number | undefined;
}

function outputsOf(graph: Graph): readonly Output[] {
  const ranks = ranksOf(graph);
  return graph.outputs.map(({ name = "" }) => ({ name, rank: ranks.get(name) }));
}

function serves(outputs: readonly Output[], { pools, places, outputs: read = usualOutputs }: TaskKind): boolean {
  if (pools) {
    return pooledOutput(outputs) !== undefined || statesOutput(outputs) !== undefined;
  }
  if (places === null) {
    const name = outputs.find((output) => output.name === "logits")?.name ?? outputs[0]?.name;
    return outputs.some((output) => output.name === name && output.rank !== 3 && !stateNames.includes(output.name));
  }
  return (
    read.every((name) => outputs.some((output) => output.name === name)) &&
    outputs.some(({ name, rank }) => read.includes(name) && (rank !== 2 || read.length > 1))
  );
}

const pooledOutput = (outputs: readonly Output[]) =>
  outputs.find(({ name, rank }) => name === pooledName && rank !== 3);
const statesOutput = (outputs: readonly Output[]) =>
  outputs.find(({ name, rank }) => stateNames.includes(name) && rank !== 2);

/** Texts are pooled in the graph itself, as the folder says, or by the mean of their tokens where neither says how. */
function pooled(graph: Graph, outputs: readonly Output[], { sentence }: Pick<ModelConfig, "sentence">): Graph {
  const own = pooledOutput(outputs);
  if (own) {
    return pooledEmbedding(graph, own.name, []);
  }
  if (sentence?.further) {
    throw new ExplainError(
      "model-unsupported",
      "After pooling, this model goes through {0}, which its file does not hold. Export it with its {1} as an output.",
      sentence.further,
      pooledName,
    );
  }
  return pooledEmbedding(graph, statesOutput(outputs)?.name ?? "", sentence?.ways ?? ["mean"]);
}

function unserved(outputs: readonly Output[], wanted: readonly Task[]): ExplainError {
  return new ExplainError(
    "task-unsupported",
    "The outputs of this file are {0}, which serve no task of this model ({1}). Export it for one of these, or choose another file.",
    outputs
      .map(({ name }) => name.slice(0, 40))
      .slice(0, 8)
      .join(", "),
    wanted.map((id) => tasks[id].label).join(", "),
  );
}
