import { relevance } from "./relevance";

/** Layer-wise relevance Σ_d e_id·a_id of each token, with Softmax's first-order rule (AttnLRP, Achtibat et al. 2024, sections 3.2 and 3.3). */
export const lrp = relevance("relevance");
