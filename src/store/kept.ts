/** Names that the kept results of a shell go by, without the driver, so that a prompt stands before it is loaded. */

/** The database of kept results, attached beside the file. It holds nothing open. */
export const keptDatabase = 'duckline_cells';

/** Begins a statement of the program's own on the prompt's connection, which takes back itself what it sets. */
export const ownMark = '/* duckline */ ';
