import { eraserMeasure } from "./eraser";

/** Sufficiency p(x) − p(r), all but the strongest features r hidden (DeYoung et al. 2020, eq. 2). */
export const sufficiency = eraserMeasure((order, strongest) => order.slice(strongest));
