/** How many parts the rows are split into; each part's surrogate is fitted on the rows of the others. */
export const folds = 8;
