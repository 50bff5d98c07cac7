/** From what a command asks to open to the view of it: one line a kind. Views are loaded when they are first opened. */
import { chartDeck } from '../../shell/chart-deck.ts';
import type { Opening } from '../../shell/opening.ts';
import type { FullView, ViewContext } from './view.ts';

export async function viewOf(opening: Opening, context: ViewContext): Promise<FullView> {
  switch (opening.kind) {
    case 'failures':
      return new (await import('./picker.ts')).FailurePicker(opening.failures, context);
    case 'result':
      return new (await import('./viewer.ts')).ResultViewer(opening, context);
    case 'pool':
      return new (await import('./pool.ts')).PoolWatch(context);
    case 'jobs':
      return new (await import('./jobs.ts')).JobsBoard(context);
    case 'tables':
      return new (await import('./tables.ts')).TablesBrowser(opening.table, context);
    case 'chart':
      return new (await import('./chart.ts')).FullChart({ ...opening, deck: chartDeck(context.session.engine) });
  }
}
