/** What completion offers: a text that can stand at the cursor, with what it is. Plain data, shared by the engine side and the prompt. */

export type CandidateKind =
  | 'column'
  | 'alias'
  | 'table'
  | 'view'
  | 'schema'
  | 'function'
  | 'keyword'
  | 'type'
  | 'code'
  | 'universe'
  | 'command'
  | 'option'
  | 'value'
  | 'path'
  | 'run'
  | 'job';

export interface Candidate {
  /** What is put in place of the typed part, quoted where it must be. */
  readonly insert: string;
  /** As it is listed; what is typed is compared with it. */
  readonly label: string;
  readonly kind: CandidateKind;
  /** An engine type, a board, the word for a value; empty where there is none. */
  readonly type: string;
  /** A few words: comment and unit of a column, name of a security, what an option does. */
  readonly says: string;
  /** Other words that find it: the field's synonyms, a Chinese name, pinyin initials. */
  readonly also?: readonly string[];
  /** Of two that answer equally well the one with the lower number comes first. */
  readonly group: number;
  /** Place among its equals where there is an order of their own; else short and alphabetical. */
  readonly order?: number;
}

/** What can stand at a place of a text. */
export interface Completions {
  /** The part of the text (UTF-16 offsets) that a candidate takes the place of. */
  readonly from: number;
  readonly to: number;
  /** The best first; at most `mostCandidates`. */
  readonly candidates: readonly Candidate[];
  /** How many answered. */
  readonly total: number;
  /** False: shown only when Tab asks for it. */
  readonly unasked: boolean;
}

export const mostCandidates = 200;
