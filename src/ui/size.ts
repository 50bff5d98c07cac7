/** Fewest columns in which a prompt and an answer make sense. */
export const fewestColumns = 20;
