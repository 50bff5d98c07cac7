/** A running job as rows of the live part. */
import type { Line, Screen } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { span } from '../output/spans.ts';
import type { Job } from '../shell/jobs.ts';

export function progressBlock(job: Job, screen: Screen, _most: number): readonly Line[] {
  return [progressRow(job, screen)];
}

export function progressRow(job: Job, _screen: Screen): Line {
  const { counts } = job.progress;
  return [span(`  ${shown(job.what)}  ${counts.planned - counts.left} of ${counts.planned}`)];
}
