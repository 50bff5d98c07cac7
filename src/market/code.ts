/** A security's code in the one form used inside the program: exchange, dot, six digits (`sh.600519`). */
declare const codeBrand: unique symbol;
export type Code = string & { readonly [codeBrand]: true };
