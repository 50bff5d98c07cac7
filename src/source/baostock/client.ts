/**
 * A login session with a Baostock server: connect → login → request* → logout, one message in flight. It promises
 *
 * 1. that a permit is asked before every message, pages and second logins included,
 * 2. that an answer is taken only when it is the answer to what was asked (method, page, every parameter),
 * 3. that all pages came or the query failed: a page is never lost silently,
 * 4. that "not logged in" leads to one more login and no other error to any,
 * 5. that a blacklisted address says nothing more.
 *
 * It does not retry: whoever owns the session decides that from the failure's class.
 */
import type { IsoDate } from '../../market/date.ts';
import type { Failure } from '../outcome.ts';
import type { Permit, SourceOptions } from '../source.ts';
import { checkedValues, type Values } from './checks.ts';
import { Connection } from './connection.ts';
import { badData, failureOf, networkFailure, outOfStep, refusedBefore } from './errors.ts';
import { cutFields, encodeRequest, type Frame } from './frame.ts';
import { apiKeyFailure, routed } from './login-key.ts';
import {
  answerLength,
  errorType,
  login,
  logout,
  type Message,
  type Method,
  messageOf,
  namesIndex,
  recordIndex,
  requestFields,
  splitNames,
  success,
} from './messages.ts';

export const newestVersion = '0.9.4';
const defaultUser = 'anonymous';
const defaultPassword = '123456';
/** A year of minutes of the whole market would be less; a server that pages on for ever is stopped. */
const mostPages = 100_000;
const longestText = 500;
const versionForm = /^0\d\.\d\.\d0$/;

export interface Page {
  /** Counted from 1. */
  readonly number: number;
  /** Field names of the answer, in the order of its cells. */
  readonly names: readonly string[];
  /** JSON text, or empty for no rows. A view of the answer's bytes. */
  readonly record: Buffer;
}

/** Takes one page: the number of its rows, or why it cannot be taken: bad data, or an answer to another question. */
export type TakePage = (page: Page) => number | Failure;

export class Client {
  /** Messages sent and bytes of answers received since the client was made. */
  requests = 0;
  bytes = 0;
  private readonly options: SourceOptions;
  private readonly permit: Permit;
  private readonly version: string;
  private readonly size: number;
  private connection: Connection | null = null;
  private user: string;

  constructor(options: SourceOptions, permit: Permit) {
    this.options = options;
    this.permit = permit;
    const version = options.clientVersion ?? newestVersion;
    this.version = wireVersion(version);
    this.size = options.pageSize ?? pageSizeOf(version);
    this.user = options.user ?? defaultUser;
  }

  get alive(): boolean {
    return this.connection?.alive === true;
  }

  /** Connects and logs in. What is wrong with user, password or API key is found before a connection is made. */
  async login(signal: AbortSignal): Promise<Failure | null> {
    const { apiKey, endpoint } = this.options;
    if (!versionForm.test(this.version)) {
      return refusedBefore('10001004', 'The client version must have three digits, like 0.9.4.');
    }
    if (!Number.isInteger(this.size) || this.size < 1) {
      return refusedBefore('10004006', 'The page size must be a whole number above 0.');
    }
    if (this.user === '') return failureOf('10001008');
    if ((this.options.password ?? defaultPassword) === '') return failureOf('10001009');
    const wrong = apiKey === undefined ? null : apiKeyFailure(apiKey);
    if (wrong) return wrong;
    if ([this.user, this.options.password ?? ''].some(text => /\p{Cc}/u.test(text))) {
      return refusedBefore('10001002', 'The user name or the password holds a control character.');
    }
    await this.permit('login', login.method);
    const connection = await Connection.connect(routed(endpoint, apiKey), this.options, signal);
    if (!(connection instanceof Connection)) return connection;
    this.connection = connection;
    const failure = await this.sendLogin(connection, signal);
    return failure && this.leave(failure);
  }

  /**
   * Asks one method, all of its pages. Parameters by the provider's names, checked and completed as the official client does;
   * `today` stands in for a missing end date. Null when every page was taken.
   */
  async query(
    method: Method,
    given: Values,
    today: IsoDate,
    take: TakePage,
    signal: AbortSignal,
    onPage: (page: number) => void = () => {},
  ): Promise<Failure | null> {
    if (!this.connection) return failureOf('10001001');
    const values = checkedValues(method, given, today);
    if (!Array.isArray(values)) return values as Failure;
    const message = messageOf(method);
    let before: Buffer | null = null;
    for (let page = 1; page <= mostPages; page++) {
      onPage(page);
      const fields = await this.ask(message, requestFields(message, this.user, page, this.size, values), signal);
      if ('class' in fields) return fields;
      const names = splitNames(textOf(fields, namesIndex(message)));
      const record = fields[recordIndex(message)] as Buffer;
      if (before?.equals(record)) return badData(`The provider sent page ${page - 1} again as page ${page}.`);
      const rows = take({ number: page, names, record });
      if (typeof rows !== 'number') return rows.class === 'bad-data' ? rows : this.leave(rows);
      // The provider may cap the page size; the answer then names the size it took.
      const full = rows === this.size || rows === Number(textOf(fields, 5));
      if (!message.paged || rows === 0 || !full) return null;
      before = record;
    }
    return badData(`The provider sent more than ${mostPages} pages.`);
  }

  /** Closes at once and for good: the connection is out of step, or nothing more may be said on it. */
  leave(failure: Failure): Failure {
    this.connection?.close(failure);
    return failure;
  }

  /** Logs out if that is still possible, and closes. Never throws. `stamp`: local time as `YYYYMMDDhhmmss`. */
  async close(stamp: string): Promise<void> {
    const { connection } = this;
    if (connection?.alive) {
      try {
        await this.permit('logout', logout.method);
        const request = encodeRequest(this.version, logout.request, [logout.method, this.user, stamp]);
        this.requests++;
        await connection.ask(request, AbortSignal.timeout(Math.min(2000, this.options.answerTimeoutMs)));
      } catch {
        // No permit for a logout: the connection is closed without one.
      }
    }
    connection?.close();
  }

  private async sendLogin(connection: Connection, signal: AbortSignal): Promise<Failure | null> {
    const { apiKey, password } = this.options;
    const fields = [login.method, this.options.user ?? defaultUser, password ?? defaultPassword, apiKey ?? '0'];
    const answer = await this.exchange(connection, encodeRequest(this.version, login.request, fields), signal);
    if ('class' in answer) return answer;
    const said = cutFields(answer.body);
    if (textOf(said, 0) !== success) return this.refuse(answer, said);
    if (answer.type !== login.answer || textOf(said, 2) !== login.method) {
      return this.leave(outOfStep('The answer to the login is not one.'));
    }
    this.user = textOf(said, 3) || (fields[1] as string);
    return null;
  }

  /** One page: the answer's fields, checked against what was asked. */
  private async ask(message: Message, request: string[], signal: AbortSignal): Promise<Buffer[] | Failure> {
    const connection = this.connection as Connection;
    for (let again = false; ; again = true) {
      if (!connection.alive) return networkFailure('10002004', 'The connection to the provider is closed.');
      await this.permit('request', message.method);
      const answer = await this.exchange(connection, encodeRequest(this.version, message.request, request), signal);
      if ('class' in answer) return answer;
      const fields = cutFields(answer.body);
      if (textOf(fields, 0) === success) {
        const wrong = mismatch(message, request, answer, fields);
        return wrong === null ? fields : wrong.class === 'bad-data' ? wrong : this.leave(wrong);
      }
      const refusal = this.refuse(answer, fields);
      if (refusal.class !== 'retry-session') return refusal;
      if (again) return this.leave(refusal);
      await this.permit('login', login.method);
      const failure = await this.sendLogin(connection, signal);
      if (failure) return this.leave(failure);
      request[1] = this.user;
    }
  }

  private async exchange(connection: Connection, request: Buffer, signal: AbortSignal): Promise<Frame | Failure> {
    this.requests++;
    const answer = await connection.ask(request, signal);
    if (!('class' in answer)) this.bytes += answer.size;
    return answer;
  }

  /** An error frame as a failure; a blacklisted address closes at once. */
  private refuse(answer: Frame, fields: readonly Buffer[]): Failure {
    const code = textOf(fields, 0);
    if (!/^\d{1,10}$/.test(code)) return this.leave(outOfStep(`An answer of type ${answer.type} has no error code.`));
    const failure = failureOf(code, [...textOf(fields, 1)].slice(0, longestText).join(''));
    return failure.class === 'banned' ? this.leave(failure) : failure;
  }
}

/** `0.9.4` as it stands in headers: `00.9.40`. */
export function wireVersion(version: string): string {
  return `0${version}0`;
}

/** Rows a page that a version asks for: 10,000 until 0.9.1, 2,000 since. */
export function pageSizeOf(version: string): number {
  return /^0\.([0-8]\.|9\.[01]$)/.test(version) ? 10_000 : 2000;
}

function textOf(fields: readonly Buffer[], index: number): string {
  return fields[index]?.toString('utf8') ?? '';
}

/** Why a successful answer is not the answer to the request; null where it is. */
function mismatch(
  message: Message,
  request: readonly string[],
  answer: Frame,
  fields: readonly Buffer[],
): Failure | null {
  if (!message.answers.includes(answer.type)) {
    return outOfStep(
      `The answer to ${message.method} has the type ${answer.type}${answer.type === errorType ? ', but no error' : ''}.`,
    );
  }
  if (textOf(fields, 2) !== message.method)
    return outOfStep(`The answer is for another method than ${message.method}.`);
  const length = answerLength(message);
  if (fields.length !== length) {
    return badData(`The answer to ${message.method} has ${fields.length} fields where ${length} belong.`);
  }
  if (!message.paged) return null;
  if (textOf(fields, 4) !== request[2]) return outOfStep(`The answer is another page than ${request[2]}.`);
  for (const [index, name] of message.parameters.entries()) {
    const echoed = textOf(fields, 7 + index);
    const asked = request[4 + index] as string;
    if (echoed === asked || (name === 'fields' && sameNames(echoed, asked))) continue;
    return outOfStep(`The answer is for another ${name} than was asked.`);
  }
  return null;
}

function sameNames(one: string, other: string): boolean {
  return splitNames(one).join() === splitNames(other).join();
}
