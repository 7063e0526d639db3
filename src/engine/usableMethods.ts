import { ExplainError } from "../common/errors";
import { formatMessage, type Message, message } from "../common/message";
import { type MethodId, type MethodNeed, methodInfo } from "../common/method";
import type { Contents } from "../graph/contents";
import { twoStreams } from "../graph/refusal";
import type { Method } from "../methods/method";
import { methodAvailability } from "../methods/registry";
import type { LoadedModel } from "./loadedModel";

/** What a model offers to methods, as far as can be told before its backward pass is made. */
export function offeredBy({
  attention,
  gradients,
  task,
}: Pick<LoadedModel, "attention" | "gradients" | "task">): ReadonlySet<MethodNeed> {
  return new Set<MethodNeed>([
    "evaluations",
    ...(task.isSilent ? [] : (["target"] as const)),
    ...(attention ? (["attention"] as const) : []),
    ...(gradients ? (["gradients"] as const) : []),
  ]);
}

/** Whether a method runs on a model, as far as {@link offeredBy} tells. */
export function isOffered(model: LoadedModel, method: MethodId): boolean {
  const offered = offeredBy(model);
  return methodInfo(method).needs.every((need) => offered.has(need));
}

/** Why a method cannot have what it asks of a model, in whose graph something is missing; `null` where it can. */
export function lackOf(
  method: Method,
  { refused, missing }: Pick<Contents, "refused" | "missing">,
  { session }: { readonly session: Pick<LoadedModel["session"], "readsOutput"> },
): Message | null {
  if (method.asks === "embedded") {
    return refused.get(method.rules) ?? null;
  }
  if (method.asks !== "inside") {
    return null;
  }
  const looks = session.readsOutput ? method.looks.filter((part) => part !== "oneStream") : method.looks;
  if (session.readsOutput && looks.some((part) => part !== "gradients")) {
    return twoStreams().text;
  }
  return looks.flatMap((part) => missing.get(part) ?? [])[0] ?? null;
}

/** Which methods of a request run on a model; throws `method-unavailable` when none does. */
export function usableMethods(
  model: LoadedModel,
  wanted: readonly MethodId[],
): { readonly methods: readonly MethodId[]; readonly warnings: readonly Message[] } {
  const availability = methodAvailability(offeredBy(model));
  const methods: MethodId[] = [];
  const refused: { readonly id: MethodId; readonly why: Message }[] = [];
  for (const id of new Set(wanted)) {
    const found = availability.find((entry) => entry.id === id);
    if (found?.available) {
      methods.push(id);
    } else {
      refused.push({ id, why: found?.why ?? message("There is no such method.") });
    }
  }
  if (methods.length === 0 && model.task.isSilent && isOffered(model, "attention")) {
    // There is nothing else to show of a model that says nothing.
    return { methods: ["attention"], warnings: refused.map(({ id, why }) => leftOut(id, why)) };
  }
  if (methods.length === 0 && refused.length > 0) {
    throw new ExplainError("method-unavailable", "{0} Choose another method.", reasonsOf(refused).join(" "));
  }
  return { methods, warnings: refused.map(({ id, why }) => leftOut(id, why)) };
}

/** Each reason once, after the methods it holds for. */
function reasonsOf(refused: readonly { readonly id: MethodId; readonly why: Message }[]): string[] {
  const names = new Map<string, string[]>();
  for (const { id, why } of refused) {
    const reason = formatMessage(why);
    names.set(reason, [...(names.get(reason) ?? []), methodInfo(id).label]);
  }
  return [...names].map(([reason, methods]) => `${methods.join(", ")}: ${reason}`);
}

/** Says that a method of the request is missing from the result, and why. */
export function leftOut(method: MethodId, why: Message): Message {
  return message("Left out: {0}", `${methodInfo(method).label}: ${formatMessage(why)}`);
}
