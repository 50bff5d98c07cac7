/**
 * The common ending of every benchmark: a table (figure, spread, target, met or missed) and the line
 * `bench NAME: K of N targets met`. Sets the exit code to 1 when a target is missed. Ratios compare two things measured
 * in the same run; a figure without a target is printed for the record.
 */
export interface Figure {
  readonly name: string;
  /** One value for each repetition, in the unit named by `unit`. */
  readonly values: readonly number[];
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function report(name: string, figures: readonly Figure[]): void {
  const rows = figures.map(figure => {
    const value = median(figure.values);
    const targets = [figure.atLeast, figure.atMost].filter(target => target !== undefined);
    const met =
      (figure.atLeast === undefined || value >= figure.atLeast) &&
      (figure.atMost === undefined || value <= figure.atMost);
    const target = [
      ...(figure.atLeast === undefined ? [] : [`>= ${figure.atLeast}`]),
      ...(figure.atMost === undefined ? [] : [`<= ${figure.atMost}`]),
    ].join(' ');
    const unit = figure.unit ? ` ${figure.unit}` : '';
    return {
      name: figure.name,
      value: `${digits(value)}${unit}`,
      spread: `${digits(Math.min(...figure.values))} … ${digits(Math.max(...figure.values))} (${figure.values.length})`,
      target,
      verdict: targets.length === 0 ? '' : met ? 'met' : 'MISSED',
    };
  });
  const header = { name: 'figure', value: 'median', spread: 'spread (runs)', target: 'target', verdict: '' };
  const all = [header, ...rows];
  const width = (key: keyof typeof header) => Math.max(...all.map(row => row[key].length));
  for (const row of all) {
    console.log(
      `  ${row.name.padEnd(width('name'))}  ${row.value.padStart(width('value'))}  ${row.spread.padEnd(width('spread'))}  ${row.target.padEnd(width('target'))}  ${row.verdict}`.trimEnd(),
    );
  }
  const judged = rows.filter(row => row.verdict !== '');
  const met = judged.filter(row => row.verdict === 'met').length;
  console.log(`bench ${name}: ${met} of ${judged.length} targets met`);
  if (met < judged.length) process.exitCode = 1;
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
