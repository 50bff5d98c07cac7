/** How the keys of movement work in every list of a full-screen view, and which part of a list its window shows. */

/** The row after a key, or null where the key does not move. `page`: rows of the window. */
export function moved(key: string, at: number, count: number, page: number): number | null {
  const last = Math.max(0, count - 1);
  const to = (row: number): number => Math.max(0, Math.min(last, row));
  switch (key) {
    case 'up':
    case 'C-p':
      return to(at - 1);
    case 'down':
    case 'C-n':
      return to(at + 1);
    case 'pageup':
    case 'M-v':
      return to(at - Math.max(1, page - 1));
    case 'pagedown':
    case 'C-v':
      return to(at + Math.max(1, page - 1));
    case 'home':
    case 'C-a':
    case 'C-home':
    case 'M-<':
      return 0;
    case 'end':
    case 'C-e':
    case 'C-end':
    case 'M->':
      return last;
    default:
      return null;
  }
}

/** The first row to show so that `at` is seen, as near to the one shown before as may be. */
export function topFor(at: number, top: number, count: number, page: number): number {
  const most = Math.max(0, count - page);
  if (at < top) return Math.min(at, most);
  if (at >= top + page) return Math.min(at - page + 1, most);
  return Math.max(0, Math.min(top, most));
}

/** Keys that leave every view. */
export function leaves(key: string): boolean {
  return key === 'escape' || key === 'C-c' || key === 'C-g' || key === 'C-d';
}
