import { describe, expect, it } from "vitest";
import { type Edit, TrackedRange } from "../../../src/editor/trackedRange";

/** A document that applies edits as an editor does: all offsets count in the text before them. */
class FakeDocument {
  constructor(public text: string) {}

  track(words: string, parts: readonly { start: number; end: number }[] = []): TrackedRange {
    return new TrackedRange(this.text.indexOf(words), words, parts);
  }

  edit(tracked: TrackedRange, edits: readonly Edit[], undo = false): void {
    for (const edit of [...edits].sort((a, b) => b.offset - a.offset)) {
      this.text = this.text.slice(0, edit.offset) + edit.text + this.text.slice(edit.offset + edit.length);
    }
    tracked.apply(edits, (start, end) => this.text.slice(start, end), undo);
  }

  at(tracked: TrackedRange): string {
    return this.text.slice(tracked.start, tracked.end);
  }
}

describe("TrackedRange", () => {
  it("moves with edits before and ignores edits after", () => {
    const document = new FakeDocument("one two three four");
    const tracked = document.track("two three");
    document.edit(tracked, [
      { offset: 0, length: 3, text: "seven" },
      { offset: 14, length: 4, text: "" },
    ]);
    expect([document.at(tracked), tracked.stale]).toEqual(["two three", false]);
  });

  it("stays fresh when text is typed right before or right after it", () => {
    const document = new FakeDocument("good film");
    const tracked = document.track("good");
    document.edit(tracked, [{ offset: 0, length: 0, text: "very " }]);
    document.edit(tracked, [{ offset: 9, length: 0, text: "!" }]);
    expect([document.at(tracked), tracked.stale]).toEqual(["good", false]);
  });

  it("is stale after an edit inside, and grows by it", () => {
    const document = new FakeDocument("a good film here");
    const tracked = document.track("good film");
    document.edit(tracked, [{ offset: 7, length: 0, text: "old " }]);
    expect([document.at(tracked), tracked.stale]).toEqual(["good old film", true]);
  });

  it("is fresh again when the same text is back, by hand or by undo", () => {
    const document = new FakeDocument("a good film.");
    const tracked = document.track("good film.");
    document.edit(tracked, [{ offset: 11, length: 1, text: "" }]);
    expect(tracked.stale).toBe(true);
    document.edit(tracked, [{ offset: 11, length: 0, text: "." }]);
    expect([document.at(tracked), tracked.stale]).toEqual(["good film.", false]);
    document.edit(tracked, [{ offset: 2, length: 1, text: "" }]);
    document.edit(tracked, [{ offset: 2, length: 0, text: "g" }]);
    expect([document.at(tracked), tracked.stale]).toEqual(["good film.", false]);
  });

  it("finds its text after the undo of a deletion that reached over its ends", () => {
    const document = new FakeDocument("see a good film here today");
    const tracked = document.track("good film");
    document.edit(tracked, [{ offset: 4, length: 17, text: "" }]);
    expect([document.at(tracked), tracked.stale]).toEqual(["", true]);
    document.edit(tracked, [{ offset: 4, length: 0, text: "a good film here " }], true);
    expect([document.at(tracked), tracked.stale]).toEqual(["good film", false]);
  });

  it("does not jump to the same words elsewhere", () => {
    const document = new FakeDocument("good good");
    const tracked = new TrackedRange(0, "good");
    document.edit(tracked, [{ offset: 0, length: 1, text: "" }]);
    expect([tracked.start, tracked.end, tracked.stale]).toEqual([0, 3, true]);
  });

  it("finds its text when the whole document is replaced, as by a change of line ends", () => {
    const document = new FakeDocument("first\nsecond good\nthird");
    const tracked = document.track("second good");
    document.edit(tracked, [{ offset: 0, length: document.text.length, text: "first\r\nsecond good\r\nthird" }]);
    expect([tracked.start, document.at(tracked), tracked.stale]).toEqual([7, "second good", false]);
  });

  it("moves its parts with edits and puts them back when fresh", () => {
    const document = new FakeDocument("xx a good film");
    const parts = [
      { start: 0, end: 4 },
      { start: 5, end: 9 },
    ];
    const tracked = document.track("good film", parts);
    document.edit(tracked, [{ offset: 9, length: 0, text: "ish" }]);
    expect(tracked.parts.map(({ start, end }) => document.text.slice(start, end))).toEqual(["good", "film"]);
    document.edit(tracked, [{ offset: 5, length: 8, text: "" }]);
    expect(tracked.parts.map(({ start, end }) => document.text.slice(start, end))).toEqual(["", "film"]);
    document.edit(tracked, [{ offset: 5, length: 0, text: "good " }]);
    expect(tracked.parts.map(({ start, end }) => document.text.slice(start, end))).toEqual(["good", "film"]);
  });

  it("agrees with the text over thousands of random edits and their undoing", () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let round = 0; round < 400; round += 1) {
      const words = "lorem ipsum dolor";
      const document = new FakeDocument(`abc ${words} xyz abc lorem`);
      const tracked = document.track(words);
      const history: Edit[] = [];
      for (let step = 0; step < 6; step += 1) {
        const offset = random(document.text.length + 1);
        const length = Math.min(random(6), document.text.length - offset);
        const text = "qwertz".slice(0, random(4));
        history.push({ offset, length: text.length, text: document.text.slice(offset, offset + length) });
        document.edit(tracked, [{ offset, length, text }]);
        expect(tracked.stale).toBe(document.at(tracked) !== words);
      }
      for (const edit of history.reverse()) {
        document.edit(tracked, [edit], true);
      }
      expect([document.at(tracked), tracked.stale, tracked.start]).toEqual([words, false, 4]);
    }
  });
});
