/** What the program itself puts on the prompt's connection, by name; without the driver, so that a prompt stands before it is loaded. */

/** The database of kept results, attached beside the file. It holds nothing open. */
export const keptDatabase = 'duckline_cells';

/** Begins a statement of the program's own on the prompt's connection, which takes back itself what it sets. */
export const ownMark = '/* duckline */ ';

/** Set by the program itself for what reads it next, and by nobody missed. */
export const figuresVariable = 'duckline_pool';
