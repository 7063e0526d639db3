import { eraserMeasure } from "./eraser";

/** Comprehensiveness p(x) − p(x∖r), the strongest features r hidden (DeYoung et al. 2020, eq. 1). */
export const comprehensiveness = eraserMeasure((order, strongest) => order.slice(0, strongest));
