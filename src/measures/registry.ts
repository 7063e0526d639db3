import type { MeasureId } from "../common/measure";
import { comprehensiveness } from "./comprehensiveness";
import { deletionArea } from "./deletionArea";
import { infidelity } from "./infidelity";
import { insertionArea } from "./insertionArea";
import { leaveOneOut } from "./leaveOneOut";
import type { Measure } from "./measure";
import { sufficiency } from "./sufficiency";

/** How each measure is computed. */
export const measureKinds: { readonly [K in MeasureId]: Measure } = {
  comprehensiveness,
  sufficiency,
  deletionArea,
  insertionArea,
  leaveOneOut,
  infidelity,
};
