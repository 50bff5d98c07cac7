/** Every command, in the order in which help lists them. */

import type { Command } from '../src/shell/command.ts';
import { alias } from './alias.ts';
import { cancel } from './cancel.ts';
import { card } from './card.ts';
import { cells } from './cells.ts';
import { chart } from './chart.ts';
import { check } from './check.ts';
import { compact } from './compact.ts';
import { completion } from './completion.ts';
import { config } from './config.ts';
import { edit } from './edit.ts';
import { exportCommand } from './export.ts';
import { failures } from './failures.ts';
import { fetch } from './fetch.ts';
import { forget } from './forget.ts';
import { gaps } from './gaps.ts';
import { gateway } from './gateway.ts';
import { help } from './help.ts';
import { importCommand } from './import.ts';
import { instruments } from './instruments.ts';
import { jobs } from './jobs.ts';
import { last } from './last.ts';
import { letCommand } from './let.ts';
import { mode } from './mode.ts';
import { name } from './name.ts';
import { open } from './open.ts';
import { pool } from './pool.ts';
import { quit } from './quit.ts';
import { release } from './release.ts';
import { report } from './report.ts';
import { rerun } from './rerun.ts';
import { retry } from './retry.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { save } from './save.ts';
import { sync } from './sync.ts';
import { tables } from './tables.ts';
import { universe } from './universe.ts';
import { verify } from './verify.ts';
import { view } from './view.ts';
import { wait } from './wait.ts';

export const commands: readonly Command[] = [
  fetch,
  sync,
  importCommand,
  failures,
  retry,
  pool,
  release,
  runs,
  gaps,
  last,
  instruments,
  card,
  tables,
  view,
  chart,
  check,
  universe,
  forget,
  verify,
  compact,
  jobs,
  cancel,
  cells,
  rerun,
  edit,
  name,
  letCommand,
  wait,
  save,
  open,
  run,
  report,
  exportCommand,
  mode,
  alias,
  config,
  help,
  quit,
  gateway,
  completion,
];
