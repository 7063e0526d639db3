import { ExplainError } from "../common/errors";
import { formatMessage, type Message, message } from "../common/message";
import { type MethodId, type MethodNeed, methodInfo } from "../common/method";
import { methodAvailability } from "../methods/registry";
import type { LoadedModel } from "./modelStore";

/** What a model offers to methods, as far as can be told before its backward pass is made. */
export function offeredBy({ layers, session }: LoadedModel): ReadonlySet<MethodNeed> {
  return new Set<MethodNeed>([
    "evaluations",
    ...(layers > 0 ? (["attention"] as const) : []),
    ...(session.hasEmbeddings ? (["gradients"] as const) : []),
  ]);
}

/** Which methods of a request run on a model; throws `method-unavailable` when none does. */
export function usableMethods(
  model: LoadedModel,
  wanted: readonly MethodId[],
): { readonly methods: MethodId[]; readonly warnings: Message[] } {
  const availability = methodAvailability(offeredBy(model));
  const methods: MethodId[] = [];
  const refused: string[] = [];
  for (const id of new Set(wanted)) {
    const found = availability.find((entry) => entry.id === id);
    if (found?.available) {
      methods.push(id);
    } else {
      refused.push(
        `${methodInfo(id)?.label ?? id}: ${found?.why ? formatMessage(found.why) : "There is no such method."}`,
      );
    }
  }
  if (methods.length === 0 && refused.length > 0) {
    throw new ExplainError("method-unavailable", "{0} Choose another method.", refused.join(" "));
  }
  return { methods, warnings: refused.map((reason) => message("Left out: {0}", reason)) };
}
