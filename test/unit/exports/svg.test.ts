import { describe, expect, it } from "vitest";
import { svg } from "../../../src/exports/svg";
import { columnsOf, placeText } from "../../../src/exports/textLines";
import { classesPrediction } from "../../support/predictions";
import { sampleExplanation } from "../editor/fixture";

const drawn = (explanation = sampleExplanation()) =>
  svg.one({ explanation, matrices: null, line: null, reading: null }, 0);

/** What stands in the texts of a picture, in their order. */
const textsOf = (picture: string) =>
  [...picture.matchAll(/<text [^>]*>(?:<title>[^<]*<\/title>)?([^<]*)<\/text>/g)].map(([, words]) => words);

describe("SVG", () => {
  it("has every word once for each method, with a colour for what has one and its score", () => {
    const explanation = sampleExplanation();
    const picture = drawn(explanation);
    const words = textsOf(picture).filter((words) => words === "gorgeous");
    expect(words).toHaveLength(explanation.attributions.length);
    expect(picture).toMatch(
      /<rect [^>]*fill="rgb\(64,132,214\)" fill-opacity="0.50"\/>\n<text [^>]*><title>\+0.200<\/title>gorgeous</,
    );
    expect(picture).toMatch(/against positive/);
    expect(picture).toContain(`seed ${explanation.seed}`);
  });

  it("is one element without scripts, whatever the words are", () => {
    const text = '<script>alert(1)</script> & "quoted" \u0000\u202e';
    const picture = drawn(
      sampleExplanation({
        text,
        prediction: classesPrediction({ index: 0, label: "</svg><a", logit: 1, probability: 0.9 }),
      }),
    );
    expect(picture.match(/<svg/g)).toHaveLength(1);
    expect(picture).not.toMatch(/<script|<a[^-z]|\u202e/);
    expect(picture.trim()).toMatch(/^<svg.*<\/svg>$/s);
  });
});

describe("lines of fixed pitch", () => {
  const lay = (text: string, columns: number, units: { start: number; end: number }[] = []) =>
    placeText(text, units, columns).lines.map((line) => line.map(({ text: piece }) => piece).join(""));

  it("keep words whole, cut those that are longer than a line, and end where the text's lines end", () => {
    expect(lay("one two three", 8)).toEqual(["one two ", "three"]);
    expect(lay("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(lay("one\r\ntwo\n\nthree", 20)).toEqual(["one", "two", "", "three"]);
  });

  it("keep the parts of a word together, each with its unit", () => {
    const { lines } = placeText(
      "an unsubtle end",
      [
        { start: 3, end: 5 },
        { start: 5, end: 11 },
      ],
      12,
    );
    expect(lines[0]).toEqual([
      { text: "an", column: 0, place: null },
      { text: " ", column: 2, place: null },
      { text: "un", column: 3, place: 0 },
      { text: "subtle", column: 5, place: 1 },
      { text: " ", column: 11, place: null },
    ]);
  });

  it("know wide characters, marks that take no room, and which way the text runs", () => {
    expect(columnsOf("日本 e\u0301")).toBe(6);
    expect(placeText("1: فيلم رائع", [], 20).isRightToLeft).toBe(true);
    expect(placeText("1: film رائع", [], 20).isRightToLeft).toBe(false);
  });
});
