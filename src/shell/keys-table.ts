/**
 * The keys of the prompt: which key does what, in one table. The editor looks keys up in it and `help keys` prints it, so neither
 * can say what the other does not do. Chords: `C-` control, `M-` alt (or Escape before the key), `S-` shift; two chords with a
 * blank between them are typed one after the other.
 */
export type KeyGroup = 'run' | 'move' | 'change' | 'history' | 'screen';

export interface KeyRow {
  /** The first ones are those that `help keys` shows. */
  readonly keys: readonly string[];
  readonly command: string;
  readonly says: string;
  readonly group: KeyGroup;
  /** How many of `keys` the help shows; the rest are other names of the same key. Default all. */
  readonly shown?: number;
}

export const keyGroups: Readonly<Record<KeyGroup, string>> = {
  run: 'Running',
  move: 'Moving',
  change: 'Changing',
  history: 'History',
  screen: 'Screen and jobs',
};

export const keyTable: readonly KeyRow[] = [
  { group: 'run', keys: ['enter', 'C-j'], command: 'accept', says: 'run when complete, else a new line' },
  {
    group: 'run',
    keys: ['M-enter', 'S-enter', 'C-o', 'C-enter', 'M-C-j', 'C-M-j', 'C-S-enter', 'M-S-enter', 'C-M-enter'],
    shown: 3,
    command: 'newline',
    says: 'a new line (Escape and Enter too)',
  },
  { group: 'run', keys: ['f5'], command: 'accept-as-is', says: 'run as it stands' },
  { group: 'run', keys: ['C-c'], command: 'interrupt', says: 'clear the text, or cancel the statement that runs' },
  { group: 'run', keys: ['C-d'], command: 'delete-or-leave', says: 'delete; on an empty prompt leave' },
  { group: 'run', keys: ['C-x C-e'], command: 'external-editor', says: 'edit in $VISUAL or $EDITOR' },

  { group: 'move', keys: ['left', 'C-b'], command: 'left', says: 'a character left' },
  {
    group: 'move',
    keys: ['right', 'C-f'],
    command: 'right',
    says: 'a character right; at the end take the suggestion',
  },
  {
    group: 'move',
    keys: ['M-b', 'C-left', 'M-left', 'M-B', 'S-left'],
    shown: 2,
    command: 'word-left',
    says: 'a word left',
  },
  {
    group: 'move',
    keys: ['M-f', 'C-right', 'M-right', 'M-F', 'S-right'],
    shown: 2,
    command: 'word-right',
    says: 'a word right; at the end a word of the suggestion',
  },
  { group: 'move', keys: ['home', 'C-a'], command: 'line-start', says: 'beginning of the line' },
  { group: 'move', keys: ['end', 'C-e'], command: 'line-end', says: 'end of the line; at the end the suggestion' },
  { group: 'move', keys: ['M-<', 'C-home'], command: 'text-start', says: 'beginning of the text' },
  { group: 'move', keys: ['M->', 'C-end'], command: 'text-end', says: 'end of the text' },
  { group: 'move', keys: ['pageup'], command: 'page-up', says: 'ten rows up in a long text' },
  { group: 'move', keys: ['pagedown'], command: 'page-down', says: 'ten rows down' },

  {
    group: 'change',
    keys: ['backspace', 'C-h', 'S-backspace'],
    shown: 2,
    command: 'delete-back',
    says: 'delete the character before',
  },
  {
    group: 'change',
    keys: ['delete', 'S-delete'],
    shown: 1,
    command: 'delete-forward',
    says: 'delete the character under the cursor',
  },
  { group: 'change', keys: ['C-w'], command: 'kill-blank-word-back', says: 'cut back to the last blank' },
  {
    group: 'change',
    keys: ['M-backspace', 'C-M-h', 'C-backspace'],
    shown: 1,
    command: 'kill-word-back',
    says: 'cut the word before',
  },
  {
    group: 'change',
    keys: ['M-d', 'M-delete', 'C-delete'],
    shown: 1,
    command: 'kill-word',
    says: 'cut the word after',
  },
  { group: 'change', keys: ['C-k'], command: 'kill-line', says: 'cut to the end of the line' },
  { group: 'change', keys: ['C-u'], command: 'kill-line-back', says: 'cut to the beginning of the line' },
  { group: 'change', keys: ['C-y'], command: 'yank', says: 'put in what was cut' },
  { group: 'change', keys: ['M-y'], command: 'yank-older', says: 'put in what was cut before instead' },
  { group: 'change', keys: ['M-\\'], command: 'delete-blanks', says: 'delete the blanks around' },
  { group: 'change', keys: ['C-t'], command: 'transpose-characters', says: 'exchange two characters' },
  { group: 'change', keys: ['M-t'], command: 'transpose-words', says: 'exchange two words' },
  { group: 'change', keys: ['M-u'], command: 'upper-word', says: 'a word in capitals' },
  { group: 'change', keys: ['M-l'], command: 'lower-word', says: 'a word in small letters' },
  { group: 'change', keys: ['M-c'], command: 'capital-word', says: 'a word with a capital' },
  { group: 'change', keys: ['C-_', 'C-x C-u', 'C-/', 'C-7'], shown: 2, command: 'undo', says: 'undo' },
  { group: 'change', keys: ['M-/', 'M-_'], shown: 1, command: 'redo', says: 'redo' },
  { group: 'change', keys: ['M-r'], command: 'revert', says: 'the text as it was at first' },
  { group: 'change', keys: ['C-v', 'C-q'], shown: 1, command: 'quoted-insert', says: 'the next key as a character' },
  { group: 'change', keys: ['tab'], command: 'complete', says: 'complete; at the beginning of a line indent' },
  { group: 'change', keys: ['S-tab'], command: 'complete-back', says: 'the completion before' },

  { group: 'history', keys: ['up'], command: 'up', says: 'a row up, from the first row back in history' },
  { group: 'history', keys: ['down'], command: 'down', says: 'a row down, from the last row on in history' },
  { group: 'history', keys: ['C-p'], command: 'up', says: 'as up' },
  { group: 'history', keys: ['C-n'], command: 'down', says: 'as down' },
  {
    group: 'history',
    keys: ['M-p', 'C-up'],
    shown: 1,
    command: 'history-older',
    says: 'the entry before, whatever the row',
  },
  { group: 'history', keys: ['M-n', 'C-down'], shown: 1, command: 'history-newer', says: 'the entry after' },
  { group: 'history', keys: ['C-r'], command: 'search-older', says: 'search; again: older' },
  { group: 'history', keys: ['C-s'], command: 'search-newer', says: 'in a search: newer' },
  {
    group: 'history',
    keys: ['M-.'],
    command: 'last-word',
    says: 'the last word of the entry before; again: of older ones',
  },

  { group: 'screen', keys: ['C-l'], command: 'clear-screen', says: 'clear the screen' },
  { group: 'screen', keys: ['C-g', 'escape'], command: 'abort', says: 'leave a search or a list' },
  { group: 'screen', keys: ['C-z'], command: 'suspend', says: 'suspend; fg comes back' },
  { group: 'screen', keys: ['f1'], command: 'help', says: 'help' },
  { group: 'screen', keys: ['f2', 'M-2'], shown: 1, command: 'fold-jobs', says: 'fold or unfold the running jobs' },
  {
    group: 'screen',
    keys: ['f3', 'M-3'],
    shown: 1,
    command: 'view-result',
    says: 'the last result or chart over the whole window',
  },
  { group: 'screen', keys: ['f4', 'M-4'], shown: 1, command: 'failures', says: 'what failed' },
];

/** vi's keys, where the setting asks for them; Escape goes to them and `i` back. What is not here does what it does above. */
export const viTable: readonly { readonly keys: readonly string[]; readonly says: string }[] = [
  { keys: ['i', 'a', 'I', 'A', 'o', 'O'], says: 'insert here, behind, at either end of the line, on a new line' },
  { keys: ['h', 'l', 'j', 'k'], says: 'left, right, down, up; from the last and first row through the history' },
  { keys: ['w', 'b', 'e', 'ge', 'W', 'B', 'E', 'gE'], says: 'words; the capitals divide at blanks alone' },
  {
    keys: ['0', '^', '$', '|', 'gg', 'G', '%'],
    says: 'ends of line and text, a column, the bracket that belongs to this one',
  },
  { keys: ['+', '-', '_', '{', '}'], says: 'beginnings of lines, empty lines' },
  { keys: ['fx', 'Fx', 'tx', 'Tx', ';', ','], says: 'to a character of the line; again, back' },
  {
    keys: ['dw', 'cw', 'yw', 'dd', 'cc', 'yy'],
    says: 'delete, change, copy with any motion, iw, a" or i( ; whole lines',
  },
  { keys: ['x', 'X', 'D', 'C', 'Y', 's', 'S'], says: 'the same in one key' },
  { keys: ['p', 'P'], says: 'put in behind, before' },
  { keys: ['guw', 'gUw', 'g~w'], says: 'small letters, capitals, the other case, with any motion' },
  { keys: ['rx', '~', 'J'], says: 'replace a character, turn its case, join lines' },
  { keys: ['u', 'C-r', '.'], says: 'undo, redo, the last change again' },
  { keys: ['v', 'V'], says: 'select, whole lines; d c y p r J ~ u U work on the selection, o goes to its other end' },
  { keys: ['/'], says: 'search the history' },
];
