/** Amounts as narration writes them: digits grouped, times in the unit that fits. Result cells never use these. */

/** `5,208` */
export function count(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `5,208 rows` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Above a million in millions: `8.1 M`; below as it is. */
export function briefCount(value: number): string {
  return value < 1_000_000 ? count(value) : `${(value / 1_000_000).toFixed(1)} M`;
}

/** What a run's rows are called: of a dataset they are no bars. */
export function rowsWord(what: string): string {
  return /\s--dataset\b/.test(what) ? 'rows' : 'bars';
}

/** How long something took: `31 ms`, `4.2 s`, `2:05`, `1:02:03`. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  return minutes(ms / 1000);
}

/** A duration of a run: `0.6 s` below a minute, else `28:11`. */
export function lasted(seconds: number): string {
  return seconds < 59.95 ? `${seconds.toFixed(1)} s` : minutes(seconds);
}

/** `0:12`, `13:19`, `1:02:03` */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = String(whole % 60).padStart(2, '0');
  const middle = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${String(middle).padStart(2, '0')}:${rest}` : `${middle}:${rest}`;
}

/** `52 %`; never 100 before the end, never 0 after the beginning. */
export function percent(part: number, whole: number): string {
  return `${wholePercent(part, whole)} %`;
}

export function wholePercent(part: number, whole: number): number {
  if (whole <= 0) return 100;
  if (part <= 0) return 0;
  return part >= whole ? 100 : Math.min(99, Math.max(1, Math.round((part / whole) * 100)));
}

/** `2 min ago`, `3 days ago`; `just now` below ten seconds. */
export function ago(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** Clock time of Shanghai: `11-21 18:06`. */
export function stamp(ms: number): string {
  return shanghai(ms).slice(5, 16).replace('T', ' ');
}

/** Clock time of Shanghai with its zone: `2026-11-21T18:06:00+08:00`. */
export function isoStamp(ms: number): string {
  return `${shanghai(ms).slice(0, 19)}+08:00`;
}

function shanghai(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString();
}

/** `412 MB` */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 * 1024) return `${Math.round(value / 1024)} kB`;
  if (value < 1024 ** 3) return `${Math.round(value / 1024 ** 2)} MB`;
  return `${(value / 1024 ** 3).toFixed(1)} GB`;
}
