import type { Net } from "./net";

/** Positions [batch, tokens] that count the tokens that are no padding, from one more than the padding's number; padding has that number itself. */
export function positionsAfterPadding(net: Net, ids: string, padding: number): string {
  const isPadding = net.add("Equal", [ids, net.integer(padding)]);
  const real = net.add("Cast", [net.add("Not", [isPadding])], { to: 7 });
  const counted = net.add("Mul", [net.add("CumSum", [real, net.integer(1)]), real]);
  return net.add("Add", [counted, net.integer(padding)]);
}
