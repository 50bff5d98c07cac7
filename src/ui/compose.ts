/**
 * The live part from what is going on: which rows stand where, and how many each part gets. Pure. The whole is always shorter than
 * the window: the prompt keeps at least one row, jobs shrink to one row each, and what is under the prompt goes first.
 */
import { lasted } from '../output/amounts.ts';
import { cellWidth, takeLastCells } from '../output/cells.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen, Span } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { cutLine, joined, lineWidth, roomOf, span } from '../output/spans.ts';
import type { PromptStatus } from '../shell/session.ts';
import { completionLines } from './completion-lines.ts';
import { type Lexed, lexed, type Token, type Words } from './highlight.ts';
import { layOut, type TextLayout } from './layout.ts';
import type { PromptState, Search } from './prompt.ts';
import { selected } from './vi.ts';

/** A submission as the live part shows it. */
export interface Running {
  readonly cell: number;
  readonly text: string;
  /** Null while it waits. */
  readonly elapsedMs: number | null;
  readonly percent: number | null;
  /** It was cancelled and has not ended yet. */
  readonly stopping?: boolean;
  /** A command's own live view: it stands instead of the row that says that it runs. */
  readonly live?: readonly Line[];
}

/** A job's rows: all of them, or the one that stands for them. */
export interface JobRows {
  readonly block: (most: number) => readonly Line[];
  readonly folded: () => Line;
}

export interface LiveState {
  readonly screen: Screen;
  readonly status: PromptStatus;
  readonly prompt: PromptState;
  readonly words: Words;
  readonly suggestion: string | null;
  /** Head rows that will be replaced by the greeting; empty once it is printed. */
  readonly head: readonly Line[];
  readonly running: readonly Running[];
  readonly jobs: readonly JobRows[];
  readonly folded: boolean;
  /** A sentence for the row under the prompt, until the next key. */
  readonly notice: Line | null;
  /** The first row of the text shown last time. */
  readonly top: number;
  /** An empty row above. */
  readonly gap: boolean;
}

export interface Composed {
  readonly gap: boolean;
  readonly head: readonly Line[];
  readonly jobs: readonly Line[];
  /** An empty row after the jobs. */
  readonly spaced: boolean;
  readonly running: readonly Line[];
  readonly editor: readonly Line[];
  readonly below: readonly Line[];
  /** Row counted within the editor's rows. */
  readonly cursor: { readonly row: number; readonly column: number };
  readonly top: number;
}

/** Below this many rows a job has one row. */
const roomyRows = 16;
/** A statement that ends sooner shows no row of its own. */
export const patienceMs = 200;

/** Below this many columns a search says no more than it must. */
const narrow = 40;
/** Cells that the text keeps beside the prompt. */
const fewestTextCells = 10;

/** `commanding`: vi's normal mode, where keys are commands. */
export function promptLine(
  { nextCell, transaction, readOnly }: PromptStatus,
  screen: Screen,
  commanding = false,
): Line {
  const parts: Span[] = [span(`[${nextCell}] `, 'dim')];
  if (transaction === 'open') parts.push(span('tx ', 'warn'));
  if (transaction === 'aborted') parts.push(span('tx failed ', 'fail'));
  if (readOnly) parts.push(span('ro ', 'dim'));
  const { prompt, commands } = glyphsOf(screen);
  const sign = [span(commanding ? commands : prompt, 'accent'), span(' ')];
  const whole = [...parts, ...sign];
  return lineWidth(whole) <= screen.columns - fewestTextCells ? whole : sign;
}

/** The prompt of a cell that was submitted. */
export function echoPrompt(cell: number, status: PromptStatus, screen: Screen): Line {
  return promptLine({ ...status, nextCell: cell }, screen);
}

export function compose(state: LiveState): Composed {
  const { screen, running } = state;
  const glyphs = glyphsOf(screen);
  const cells = roomOf(screen);
  const narrowed = (line: Line): Line => cutLine(line, cells, glyphs.ellipsis);
  let free = Math.max(1, screen.rows - 1);

  const { vi } = state.prompt;
  const prompt = promptLine(state.status, screen, vi !== null && vi.mode !== 'insert');
  const { text, cursor, colours } = textOf(state.prompt, state.words);
  const editorMost = Math.max(1, Math.min(Math.floor(screen.rows / 2), free - (running.length > 0 ? 1 : 0)));
  const layout = layOut(text, cursor, {
    prompt,
    glyphs,
    cells,
    height: editorMost,
    top: state.top,
    lexed: colours,
    colour: screen.colour !== false,
    ...(state.suggestion === null ? {} : { suggestion: state.suggestion }),
  });
  free -= layout.rows.length;

  const watched = liveLines(running, state, cells, free);
  free -= watched.length;
  const plain = running.filter(({ live }) => !live);
  const queue = runningLines(plain, state, cells, Math.min(free, screen.rows < roomyRows ? 2 : 4));
  free -= queue.length;

  const below = belowLines(state, layout, free).map(narrowed);
  free -= below.length;

  const jobs = jobLines(state, free).map(narrowed);
  free -= jobs.length;
  const spaced = jobs.length > 1 && free >= 1;
  if (spaced) free -= 1;

  const head = state.head.length <= free ? state.head.map(narrowed) : [];
  free -= head.length;
  const gap = state.gap && free >= 1;
  return {
    gap,
    head,
    jobs,
    spaced,
    running: [...watched, ...queue].map(narrowed),
    editor: layout.rows,
    below,
    cursor: layout.cursor,
    top: layout.top,
  };
}

/** What the prompt shows: the text, or the entry that a search has found with the match marked. */
function textOf(
  { buffer, search, vi }: PromptState,
  words: Words,
): { readonly text: string; readonly cursor: number; readonly colours: Lexed } {
  const match = search?.matches[search.at];
  if (!match) {
    const colours = lexed(buffer.text, words);
    const part = vi && selected(vi, buffer);
    const tokens = part ? overlaid(colours.tokens, [{ ...part, role: 'selected' }]) : colours.tokens;
    return { text: buffer.text, cursor: buffer.cursor, colours: { ...colours, tokens } };
  }
  const colours = lexed(match.entry, words);
  const marked = match.marks.map(({ from, to }): Token => ({ from, to, role: 'selected' }));
  const first = match.marks[0]?.to ?? match.entry.length;
  return { text: match.entry, cursor: first, colours: { ...colours, tokens: overlaid(colours.tokens, marked) } };
}

/** Tokens with others on top of them. */
function overlaid(tokens: readonly Token[], top: readonly Token[]): Token[] {
  const result: Token[] = [...top];
  for (const token of tokens) {
    let from = token.from;
    for (const mark of top) {
      if (mark.to <= from || mark.from >= token.to) continue;
      if (mark.from > from) result.push({ ...token, from, to: mark.from });
      from = mark.to;
    }
    if (from < token.to) result.push({ ...token, from });
  }
  return result.sort((a, b) => a.from - b.from);
}

/** The live view of a running command, cut to two thirds of the window, with how it ends. */
function liveLines(running: readonly Running[], state: LiveState, cells: number, free: number): readonly Line[] {
  const live = running.find(each => each.live)?.live;
  const most = Math.min(free, Math.floor((state.screen.rows * 2) / 3));
  if (!live || most < 2) return [];
  const { ellipsis } = glyphsOf(state.screen);
  const shownLines = live.slice(0, most - 1).map(line => cutLine(line, cells, ellipsis));
  const ends = state.prompt.buffer.text === '' ? ' ends the view' : ' clears the text';
  return [...shownLines, [span('  '), span('Ctrl-C', 'accent'), span(ends, 'dim')]];
}

function runningLines(running: readonly Running[], state: LiveState, cells: number, most: number): Line[] {
  const glyphs = glyphsOf(state.screen);
  const lines: Line[] = [];
  const visible = running.filter(({ elapsedMs }) => elapsedMs === null || elapsedMs >= patienceMs);
  for (const [index, { cell, text, elapsedMs, percent, stopping }] of visible.entries()) {
    if (lines.length === most - 1 && visible.length - index > 1) {
      lines.push([span(`  queued   ${visible.length - index} more`, 'dim')]);
      break;
    }
    if (lines.length >= most) break;
    if (elapsedMs === null) {
      const head = `  queued   [${cell}] `;
      const start = shown(text.trim().split('\n')[0] ?? '');
      const rest = text.trim().includes('\n') ? ` ${glyphs.ellipsis}` : '';
      lines.push(cutLine([span(head, 'dim'), span(start + rest)], cells, glyphs.ellipsis));
      continue;
    }
    const parts: Line[] = [[span(lasted(elapsedMs / 1000))]];
    if (percent !== null && percent >= 0) parts.push([span(`${Math.floor(percent)} %`)]);
    const does = stopping ? '  stopping ' : '  running  ';
    const left: Line = [span(does, stopping ? 'warn' : 'dim'), span(`[${cell}] `, 'dim'), ...joined(parts, glyphs.dot)];
    const hint: Line = [
      span('Ctrl-C', 'accent'),
      span(state.prompt.buffer.text === '' ? ' cancels' : ' clears the text', 'dim'),
    ];
    const blanks = cells - lineWidth(left) - lineWidth(hint);
    lines.push(blanks >= 2 && !stopping ? [...left, span(' '.repeat(blanks)), ...hint] : left);
  }
  return lines;
}

function jobLines({ jobs, folded, screen }: LiveState, free: number): readonly Line[] {
  if (jobs.length === 0 || free < 1) return [];
  const third = Math.floor(screen.rows / 3);
  if (!folded && screen.rows >= roomyRows) {
    const [first, ...others] = jobs;
    const most = Math.min(third, free - 1) - others.length;
    const block = first && most > 1 ? first.block(most) : [];
    if (block.length > 0 && block.length <= most) return [...block, ...others.map(job => job.folded())];
  }
  return jobs.slice(0, Math.max(1, Math.min(free, third))).map(job => job.folded());
}

/** The one region under the prompt: the completions, or a row. */
function belowLines(state: LiveState, layout: TextLayout, free: number): readonly Line[] {
  const { list } = state.prompt.completing;
  if (list && !state.prompt.search && !state.notice) {
    const word = shown(state.prompt.buffer.text.slice(list.from, state.prompt.buffer.cursor));
    return completionLines(list, state.screen, layout.cursor.column - cellWidth(word), free);
  }
  const line = belowPrompt(state, layout);
  return line && free >= 1 ? [line] : [];
}

function belowPrompt(
  state: LiveState,
  layout: { readonly total: number; readonly top: number; readonly rows: readonly Line[] },
): Line | null {
  const { screen, prompt, notice, status } = state;
  const { dot } = glyphsOf(screen);
  const indent = span(' '.repeat(Math.min(6, Math.max(2, lineWidth(promptLine(status, screen))))));
  if (prompt.search) {
    const before = screen.columns < narrow ? span('  ') : indent;
    return [before, ...searchLine(prompt.search, dot, roomOf(screen) - cellWidth(before.text))];
  }
  if (notice) return [indent, ...notice];
  if (prompt.quoting) return [indent, span('the next key goes in as a character', 'dim')];
  const parts: Line[] = status.notes.map(note => [span(shown(note), 'warn')]);
  if (parts.length > 0) parts.push([span(shown(status.file), 'dim')]);
  if (layout.total > layout.rows.length) {
    const last = layout.top + layout.rows.length;
    parts.push([span(`rows ${layout.top + 1}-${last} of ${layout.total}`, 'dim')]);
  }
  return parts.length === 0 ? null : [indent, ...joined(parts, dot)];
}

/** What is searched for and found, and as many of the keys as `room` cells hold, the way out first. */
function searchLine({ query, at, matches }: Search, dot: string, room: number): Line {
  const key = (name: string, does: string): Line => [span(name, 'accent'), span(` ${does}`, 'dim')];
  // What was typed last and how much was found come first where there is little room.
  const end = span(takeLastCells(shown(query), Math.max(6, Math.floor(room / 3))), 'bold');
  const parts: Line[] = [room < narrow ? [end] : [span('history ', 'dim'), end]];
  if (query.trim() === '') parts[0] = [span('history: type a part of what to find', 'dim')];
  else
    parts[0] = [...(parts[0] as Line), span(matches.length === 0 ? '  nothing' : `  ${at + 1} of ${matches.length}`)];
  const keys = [key('Esc', 'goes back')];
  if (matches.length > 0) keys.unshift(key('Enter', 'takes'));
  if (matches.length > 1) keys.unshift(key('C-r', 'older'));
  const whole = (some: readonly Line[]): Line => joined([...parts, ...some], dot);
  while (keys.length > 1 && lineWidth(whole(keys)) > room) keys.shift();
  return whole(keys);
}

/** Cells that the line takes, for the painter. */
export function widthsOf(lines: readonly Line[]): number[] {
  return lines.map(line => line.reduce((sum, { text }) => sum + cellWidth(text), 0));
}
