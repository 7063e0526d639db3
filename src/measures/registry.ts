import type { MeasureId } from "../common/measure";
import { comprehensiveness } from "./comprehensiveness";
import { deletionArea } from "./deletionArea";
import type { Measure } from "./measure";
import { sufficiency } from "./sufficiency";

/** How each measure is computed. */
export const measureKinds: { readonly [K in MeasureId]: Measure } = { comprehensiveness, sufficiency, deletionArea };
