/** What a gateway has done, counted: readable while it runs and at its end. Bounded: only so many connections and codes are told apart. */
export interface ConnectionStats {
  readonly id: number;
  readonly from: string;
  requests: number;
  bytesIn: number;
  bytesOut: number;
  open: boolean;
}

export interface StatsReport {
  /** Successful ones. */
  readonly logins: number;
  /** Messages that were understood, by method. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests for one security, by its code; at most 10,000 codes. */
  readonly codes: Readonly<Record<string, number>>;
  /** Error frames sent, by error code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Faults dealt, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly openConnections: number;
  readonly maxConnections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The newest connections, at most 200. */
  readonly byConnection: readonly Readonly<ConnectionStats>[];
}

const mostCodes = 10_000;
const mostConnections = 200;

export class Stats {
  private logins = 0;
  private connections = 0;
  private open = 0;
  private most = 0;
  private bytesIn = 0;
  private bytesOut = 0;
  private readonly requests = new Map<string, number>();
  private readonly codes = new Map<string, number>();
  private readonly errors = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  private readonly newest: ConnectionStats[] = [];

  connected(from: string): ConnectionStats {
    this.connections++;
    this.open++;
    this.most = Math.max(this.most, this.open);
    const connection = { id: this.connections, from, requests: 0, bytesIn: 0, bytesOut: 0, open: true };
    this.newest.push(connection);
    if (this.newest.length > mostConnections) this.newest.shift();
    return connection;
  }

  closed(connection: ConnectionStats): void {
    this.open--;
    connection.open = false;
  }

  received(connection: ConnectionStats, bytes: number): void {
    connection.bytesIn += bytes;
    this.bytesIn += bytes;
  }

  sent(connection: ConnectionStats, bytes: number): void {
    connection.bytesOut += bytes;
    this.bytesOut += bytes;
  }

  request(connection: ConnectionStats, method: string, code: string | null): void {
    connection.requests++;
    add(this.requests, method);
    if (code !== null && (this.codes.size < mostCodes || this.codes.has(code))) add(this.codes, code);
  }

  login(): void {
    this.logins++;
  }

  error(code: string): void {
    add(this.errors, code);
  }

  fault(kind: string): void {
    add(this.faults, kind);
  }

  report(): StatsReport {
    return {
      logins: this.logins,
      requests: Object.fromEntries(this.requests),
      codes: Object.fromEntries(this.codes),
      errors: Object.fromEntries(this.errors),
      faults: Object.fromEntries(this.faults),
      connections: this.connections,
      openConnections: this.open,
      maxConnections: this.most,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      byConnection: this.newest.map(connection => ({ ...connection })),
    };
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
