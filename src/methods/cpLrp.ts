import { relevance } from "./relevance";

/** Layer-wise relevance with attention probabilities as constants (CP-LRP, Ali et al. 2022, section 3): relevance goes through values only, and Softmax takes none. */
export const cpLrp = relevance("constantAttention");
