/** When the demo takes place; apart from the market itself, since a program that only asks the time need not load that. */

export const demoLastSession = '2026-11-20';

/** The evening of the demo's last session, in Shanghai: what `--demo` takes for now. */
export function demoNow(): string {
  return `${demoLastSession}T20:00:00+08:00`;
}
