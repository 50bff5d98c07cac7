/** Why a text is not complete: what is open at its end. */
export type Openness = 'statement' | 'quote' | 'identifier' | 'dollar' | 'comment' | 'bracket';
