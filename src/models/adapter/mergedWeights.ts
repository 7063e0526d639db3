import { ExplainError } from "../../common/errors";
import type { Weights } from "../../graph/architectures/weights";
import type { TensorProto } from "../../graph/onnxSchema";
import { makeTensor } from "../../graph/tensor";
import { type AdapterSettings, ofModule } from "./adapterSettings";
import type { AdapterTensors, Factors } from "./adapterTensors";
import { raised } from "./raised";
import { isPredictor, isWordTable } from "./wordTables";

/** GPT-2's maps, whose weights are [inputs, outputs]; `fan_in_fan_out` says so of all maps that were trained, and is wrong where they are mixed. */
const across = /(?:^|\.)(?:c_attn|c_proj|c_fc)$/;

/** What a model with an adapter is made of. */
export interface Merging {
  readonly base: Weights;
  /** The weights of the adapter's file. */
  readonly own: Weights;
  readonly settings: AdapterSettings;
  readonly tensors: AdapterTensors;
  /** What names of the body's weights may begin with: an adapter's and its model's need not begin alike. */
  readonly prefix: string;
}

/** The weights of a model with an adapter: W + s·B·A (Hu et al. 2021, section 4.1), computed when they are looked at. */
export class MergedWeights implements Weights {
  readonly #merging: Merging;
  readonly #factors: ReadonlyMap<string, readonly [string, Factors]>;
  readonly #replaced: ReadonlyMap<string, string>;
  readonly #looked = new Set<string>();

  constructor(merging: Merging) {
    this.#merging = merging;
    const { factors, replaced } = merging.tensors;
    this.#factors = new Map([...factors].map(([name, pair]) => [this.#bare(name), [name, pair]]));
    this.#replaced = new Map([...replaced].map(([name, full]) => [this.#bare(name), full]));
  }

  has(name: string): boolean {
    return this.#merging.base.has(name) || this.#replaced.has(this.#bare(name)) || this.#leftBehind(name) !== undefined;
  }

  /** Throws `model-file-corrupt` where the adapter is of another model's sizes. */
  find(name: string): TensorProto | undefined {
    const bare = this.#bare(name);
    const full = this.#replaced.get(bare);
    const weight = full === undefined ? this.#merging.base.find(name) : this.#merging.own.find(full);
    if (!weight) {
      return this.#leftBehind(name);
    }
    this.#looked.add(bare);
    const [module, factors] = this.#factors.get(bare.replace(/\.weight$/, "")) ?? [];
    return bare.endsWith(".weight") && factors && module !== undefined ? this.#raised(weight, module, factors) : weight;
  }

  /** Throws `model-file-corrupt` where the adapter changes weights that neither were looked at nor are in the model: it belongs to another one. */
  refuseOthers(): void {
    const { base, prefix } = this.#merging;
    const wanted = [...[...this.#factors.keys()].map((module) => `${module}.weight`), ...this.#replaced.keys()];
    const other = wanted.find((name) => !this.#looked.has(name) && !base.has(name) && !base.has(`${prefix}${name}`));
    if (other !== undefined) {
      throw new ExplainError(
        "model-file-corrupt",
        "The adapter does not belong to this model, which has no weights {0}. Choose the model that it was trained on.",
        other.slice(0, 200),
      );
    }
  }

  /** Where an adapter changes the table that words are looked up in and no other, a model with tied words was trained to predict them with the table as it was. */
  #leftBehind(name: string): TensorProto | undefined {
    const { base, prefix } = this.#merging;
    const changed = [...this.#replaced.keys(), ...[...this.#factors.keys()].map((module) => `${module}.weight`)];
    const table = isPredictor(name) ? changed.find(isWordTable) : undefined;
    const isOwn = base.has(name) || this.#replaced.has(this.#bare(name));
    return table === undefined || isOwn ? undefined : (base.find(`${prefix}${table}`) ?? base.find(table));
  }

  #bare(name: string): string {
    const { prefix } = this.#merging;
    return name.startsWith(prefix) ? name.slice(prefix.length) : name;
  }

  #raised(weight: TensorProto, module: string, { down, up, isTable }: Factors): TensorProto {
    const { alpha, alphas, rank, ranks, byRoot } = this.#merging.settings;
    const [own = 0, inputs = 0] = down.dims;
    const [outputs = 0] = up.dims;
    const [rows, columns, ...more] = weight.dims;
    const isAcross = isTable || across.test(module);
    const [expectedRows, expectedColumns] = isAcross ? [inputs, outputs] : [outputs, inputs];
    if (
      rows !== expectedRows ||
      columns !== expectedColumns ||
      more.length > 0 ||
      own !== ofModule(module, ranks, rank)
    ) {
      throw new ExplainError(
        "model-file-corrupt",
        "The adapter does not belong to this model: {0} is {1} in the model, and {2} with rank {3} in the adapter. Choose the model that it was trained on.",
        module.slice(0, 200),
        weight.dims.join(" × "),
        `${expectedRows} × ${expectedColumns}`,
        own,
      );
    }
    const scale = ofModule(module, alphas, alpha) / (byRoot ? Math.sqrt(own) : own);
    const bytes = raised(weight, { down, up, scale, isAcross });
    return makeTensor(weight.name ?? "", weight.dataType ?? 0, weight.dims, bytes);
  }
}
