/** A prompt without a screen on a real file, for tests about cells. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../../commands/all.ts';
import { readSettings } from '../../src/config/settings.ts';
import type { ProblemView, ResultView, View } from '../../src/output/view.ts';
import { createEngine, type Engine } from '../../src/shell/engine.ts';
import { openHistory } from '../../src/shell/history.ts';
import { createJobs } from '../../src/shell/jobs.ts';
import { createRegistry } from '../../src/shell/registry.ts';
import { type CellEnd, openSession, type Session, type SessionParts } from '../../src/shell/session.ts';

export interface Ran extends CellEnd {
  readonly cell: number;
  readonly views: readonly View[];
}

export class Prompt {
  readonly folder: string;
  readonly engine: Engine;
  readonly session: Session;
  readonly #owns: boolean;

  constructor(
    given: Partial<SessionParts> = {},
    { folder, readOnly = false }: { folder?: string; readOnly?: boolean } = {},
  ) {
    this.#owns = folder === undefined;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'duckline-prompt-'));
    const environment = { HOME: this.folder };
    const settings = readSettings({ db: join(this.folder, 'market.duckdb'), readOnly }, environment);
    this.engine = createEngine({ settings, environment, version: '0.1.0', program: '' });
    this.session = openSession({
      engine: this.engine,
      registry: createRegistry(commands),
      jobs: createJobs({ background: true, now: Date.now }),
      history: openHistory(join(this.folder, 'history')),
      interactive: true,
      print: () => undefined,
      ...given,
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(text: string): Promise<Ran> {
    const views: View[] = [];
    const submission = this.session.submit(text, { onView: view => views.push(view) });
    const end = await submission.done;
    return { ...end, cell: submission.cell, views };
  }

  /** Rows of the last result, as texts. */
  async rows(text: string): Promise<string[][]> {
    const { views } = await this.run(text);
    const result = views.findLast(({ kind }) => kind === 'result') as ResultView | undefined;
    if (!result) throw new Error(`no result but ${JSON.stringify(views.map(said))}`);
    return result.rows.map(row => row.map(String));
  }

  async problem(text: string): Promise<ProblemView['problem']> {
    const { views } = await this.run(text);
    const last = views.at(-1);
    if (last?.kind !== 'problem') throw new Error(`no problem but ${JSON.stringify(views.map(said))}`);
    return last.problem;
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.engine.close();
    if (this.#owns) rmSync(this.folder, { recursive: true, force: true });
  }
}

function said(view: View): string {
  return view.kind === 'problem' ? view.problem.message : view.kind;
}
