import { formatMessage, type Message } from "../src/common/message";
import { element } from "./dom";

/** A word of the panel with its gaps filled in, and with what is text in an element that keeps its direction to itself. */
export function filled(template: string, ...args: (string | number)[]): (string | HTMLElement)[] {
  return template.split(/\{(\d+)\}/).map((part, place) => {
    const argument = place % 2 === 0 ? part : args[Number(part)];
    return place % 2 === 0 || typeof argument !== "string"
      ? String(argument ?? "")
      : element("bdi", { text: argument });
  });
}

/** A sentence of the engine or the host as text. */
export function sentence(text: Message): string {
  return formatMessage(text);
}
