/** A calendar date of Shanghai as `YYYY-MM-DD`; sorts as text. */
declare const dateBrand: unique symbol;
export type IsoDate = string & { readonly [dateBrand]: true };
