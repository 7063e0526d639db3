import type { MeasureId } from "../common/measure";
import { comprehensiveness } from "./comprehensiveness";
import { deletionArea } from "./deletionArea";
import { editStability } from "./editStability";
import { infidelity } from "./infidelity";
import { insertionArea } from "./insertionArea";
import { leaveOneOut } from "./leaveOneOut";
import { maxSensitivity } from "./maxSensitivity";
import type { Measure } from "./measure";
import { otherLabel } from "./otherLabel";
import { randomLayers } from "./randomLayers";
import { seedStability } from "./seedStability";
import { sufficiency } from "./sufficiency";

/** How each measure is computed. */
export const measureKinds: { readonly [K in MeasureId]: Measure } = {
  comprehensiveness,
  sufficiency,
  deletionArea,
  insertionArea,
  leaveOneOut,
  infidelity,
  maxSensitivity,
  seedStability,
  editStability,
  randomLayers,
  otherLabel,
};
