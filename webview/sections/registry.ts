import { analysisSection } from "./analysis/analysisSection";
import { compareSection } from "./compare/compareSection";
import { headsSection } from "./heads/headsSection";
import type { Section } from "./section";
import { tokensSection } from "./tokens/tokensSection";

/** All sections of the panel in the order of their tabs; the first is on view until another is chosen. */
export const sections: readonly Section[] = [tokensSection, headsSection, compareSection, analysisSection];
