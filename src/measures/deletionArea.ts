import { areaMeasure } from "./area";

/** The area under the deletion curve: p while ever more of the strongest features are hidden (Petsiuk et al. 2018). */
export const deletionArea = areaMeasure((order, strongest) => order.slice(0, strongest));
