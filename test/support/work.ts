import { Session } from "node:inspector";
import { setFlagsFromString } from "node:v8";

/** What some code did, counted. */
export interface Work {
  /** Blocks of the product's code that were entered: functions, branches, turns of loops. */
  readonly steps: number;
  /** Bytes of the typed arrays that were made. */
  readonly bytes: number;
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** Counts until it is ended; `taken` is what was done since that was last asked. */
export interface WorkCounter {
  taken(): Work;
  end(): void;
}

/** Counts what `work` does. */
export function workOf(work: () => void): Work {
  const counter = countWork();
  try {
    work();
    return counter.taken();
  } finally {
    counter.end();
  }
}

/**
 * Counts what is done from now on, as the engine of JavaScript itself counts it: the same on every machine, so that what must not take long, or much memory,
 * can be checked without looking at either. It runs without optimisation meanwhile, as optimised code does not count.
 */
export function countWork(): WorkCounter {
  setOptimised(false);
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const bytes = countBytes();
  const taken = () => {
    let steps = 0;
    session.post("Profiler.takePreciseCoverage", (error: Error | null, { result }: Coverage) => {
      if (error) {
        throw error;
      }
      for (const { functions } of result.filter(({ url }) => /\/src\/(?!.*node_modules)/.test(url))) {
        for (const { ranges } of functions) {
          steps += ranges.reduce((sum, { count }) => sum + count, 0);
        }
      }
    });
    return { steps, bytes: bytes.taken() };
  };
  taken();
  return {
    taken,
    end: () => {
      bytes.end();
      session.disconnect();
      setOptimised(true);
    },
  };
}

function setOptimised(on: boolean): void {
  for (const flag of ["opt", "maglev"]) {
    setFlagsFromString(`--${on ? "" : "no-"}${flag}`);
  }
}

const arrays = ["Uint8Array", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array"] as const;
const more = ["Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"] as const;

/** Counts the bytes of typed arrays that are made with memory of their own. */
function countBytes(): { taken(): number; end(): void } {
  let bytes = 0;
  const places: Record<string, unknown> = globalThis;
  const originals = [...arrays, ...more].map((name) => [name, globalThis[name]] as const);
  for (const [name, original] of originals) {
    places[name] = new Proxy(original, {
      construct: (target, args, own) => {
        const made: object = Reflect.construct(target, args, own);
        bytes += ArrayBuffer.isView(made) && !(args[0] instanceof ArrayBuffer) ? made.byteLength : 0;
        return made;
      },
    });
  }
  return {
    taken: () => {
      const sum = bytes;
      bytes = 0;
      return sum;
    },
    end: () => {
      for (const [name, original] of originals) {
        places[name] = original;
      }
    },
  };
}
