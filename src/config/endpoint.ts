/** A provider's address: `HOST:PORT`, `tcp://HOST:PORT`, `[::1]:10030`, or a host alone with the provider's own port. */
import { quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Baostock's port, from its client. */
export const baostockPort = 10_030;
export const publicBaostock: Address = { host: 'public-api.baostock.com', port: baostockPort };
export const vipBaostock: Address = { host: 'vip-api.baostock.com', port: baostockPort };

/** @throws Problem `usage`. */
export function readEndpoint(text: string, standardPort = baostockPort): Address {
  const parts = /^(?:tcp:\/\/)?(?:\[([0-9a-f:.]+)\]|([a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?))(?::(\d{1,5}))?\/?$/i.exec(
    text.trim(),
  );
  const host = parts?.[1] ?? parts?.[2];
  const port = parts?.[3] === undefined ? standardPort : Number(parts[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host: host.toLowerCase(), port };
  const why = host === undefined ? 'is no address' : 'has a port outside 1 to 65535';
  throw new Problem('usage', `the endpoint “${quoted(text)}” ${why}`, {
    next: 'give it as HOST:PORT, like 127.0.0.1:10030',
  });
}

/** `host:port`, with brackets around an IPv6 address. */
export function endpointText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** True for Baostock's own hosts: their rule forbids parallel connections and counts requests a day, by IP address. */
export function isPublicHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'baostock.com' || name.endsWith('.baostock.com');
}
