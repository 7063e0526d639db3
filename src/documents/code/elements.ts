import { attributeText } from "./forms";
import { opensValue } from "./regex";
import { Run } from "./run";
import type { ElementFrame, ScanState } from "./scanState";

/** Opens an element where a value, or the content of another element, may stand, and returns behind its name; `null` where there is none. */
export function openElement(text: string, start: number, parent: Run | null, state: ScanState): number | null {
  const name = state.isPatient && (parent || opensValue(text, start)) ? elementName(text, start) : null;
  if (name === null) {
    return null;
  }
  const flows = parent?.flowsThrough(name, start) === true;
  if (parent && !flows) {
    parent.end(start, state.done);
  }
  const run = flows && parent ? parent : new Run(text);
  state.stack.push({ kind: "tag", name, start, resume: start + 1, first: state.done.length, run, flows });
  return start + 1 + name.length;
}

/** Reads on in an element's tag, and returns where to go on. */
export function readTag(text: string, at: number, frame: ElementFrame, state: ScanState): number {
  const special = /["'{>]|\/>/g;
  special.lastIndex = at;
  const found = special.exec(text);
  if (!found) {
    return state.abandon(0, text.length);
  }
  const mark = found[0];
  const start = found.index;
  const end = start + mark.length;
  if (mark === "{") {
    state.openHole("}", start, end);
    return end;
  }
  if (mark === '"' || mark === "'") {
    const close = text.indexOf(mark, end);
    if (close < 0) {
      return state.abandon(0, text.length);
    }
    const inner = { start: end, end: close };
    state.done.push({ kind: "string", start, end: close + 1, inner, form: attributeText, holes: [], nested: [] });
    return close + 1;
  }
  state.stack.pop();
  if (frame.flows) {
    frame.run.leaveOut({ start: frame.start, end });
  }
  if (mark === ">") {
    state.stack.push({ ...frame, kind: "content" });
  }
  goOn(frame, end, state);
  return end;
}

/** Reads on between an element's tags, and returns where to go on. */
export function readContent(text: string, at: number, frame: ElementFrame, state: ScanState): number {
  const special = /[<{]/g;
  special.lastIndex = at;
  const found = special.exec(text);
  if (!found) {
    return state.abandon(0, text.length);
  }
  const start = found.index;
  if (found[0] === "{") {
    state.openHole("}", start, start + 1);
    return start + 1;
  }
  if (text[start + 1] !== "/") {
    return openElement(text, start, frame.run, state) ?? start + 1;
  }
  const close = /<\/\s{0,20}([\w$.:-]{0,200})\s{0,20}>/y;
  close.lastIndex = start;
  if (close.exec(text)?.[1] !== frame.name) {
    return state.abandon(0, start);
  }
  const end = close.lastIndex;
  state.stack.pop();
  if (frame.flows) {
    frame.run.leaveOut({ start, end });
  } else {
    frame.run.end(start, state.done);
  }
  goOn(frame, end, state);
  return end;
}

/** Text starts anew behind the tag of an element that stands for itself. */
function goOn({ flows }: ElementFrame, end: number, { stack, done }: ScanState): void {
  const around = stack.at(-1);
  if (!flows && around?.kind === "content") {
    around.run.begin(end, done);
  }
}

/** The name of the element that opens at a place, empty for a fragment; `null` where it is a type parameter. */
function elementName(text: string, start: number): string | null {
  const name = /<([A-Za-z_$][\w$.:-]*)?(?=[\s/>{])(?!\s*(?:,|extends\b))/y;
  name.lastIndex = start;
  const found = name.exec(text);
  return found && (found[1] !== undefined || text[start + 1] === ">") ? (found[1] ?? "") : null;
}
