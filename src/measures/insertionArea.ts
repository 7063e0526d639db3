import { areaMeasure } from "./area";

/** The area under the insertion curve: p while ever more of the strongest features are shown, all others hidden (Petsiuk et al. 2018). */
export const insertionArea = areaMeasure((order, strongest) => order.slice(strongest));
