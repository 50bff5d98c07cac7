/**
 * Bytes of the Baostock protocol: encoding of requests and answers, and the cutting of a byte stream into messages. No
 * socket in it, no meaning of fields either.
 *
 *     header  = version(7) 01 type(2) 01 length(10)          21 bytes ASCII
 *     request = header body 01 crc 0A
 *     answer  = header body 01 crc "<![CDATA[]]>" 0A         length in characters
 *     packed  = header zbody 01 crc 0A "<![CDATA[]]>" 0A     length in bytes, for the types of `packedTypes`
 *
 * A body is UTF-8, its fields joined with 01. The CRC is CRC-32 over header and body in decimal; that of packed answers is
 * not checked (the provider's own do not match; zlib carries a checksum).
 *
 * Promise of the decoders: bytes in at any cut; out comes the message, "waiting", or a typed FrameError. They never throw,
 * look at each byte a bounded number of times however thinly it drips, and hold no more than their bound, inflated or not.
 */
import { isUtf8 } from 'node:buffer';
import { crc32, inflateSync } from 'node:zlib';
import { deflateLevel1 } from './deflate.ts';

export const headerLength = 21;
/** The version that the provider's server writes into every answer, whatever the client sent. */
export const serverVersion = '00.9.00';
/** Answer types whose body is one zlib stream. */
export const packedTypes: ReadonlySet<string> = new Set(['96', '99', '9B', '9D']);
/** A whole-market answer has been seen with 0.2 MB; this is generous. */
export const answerBound = 64 * 1024 * 1024;
export const requestBound = 64 * 1024;

const separator = 0x01;
const newline = 0x0a;
const terminator = Buffer.from('<![CDATA[]]>\n', 'latin1');
const headerForm = /^\d\d\.\d\.\d\d\x01[0-9][0-9A-Z]\x01\d{10}$/;
const longestCrc = 10;

export type FrameFault =
  /** The first 21 bytes are no header. */
  | 'header'
  /** The length in the header fits neither the characters nor the bytes of the body. */
  | 'length'
  /** What follows the body is not separator, CRC and terminator. */
  | 'trailer'
  | 'crc'
  /** The packed body does not inflate. */
  | 'zlib'
  /** The body is not UTF-8. */
  | 'text'
  /** Longer than the bound, as sent or inflated. */
  | 'bound';

export interface FrameError {
  readonly fault: FrameFault;
  /** One English sentence. */
  readonly message: string;
}

export interface Frame {
  readonly version: string;
  readonly type: string;
  /** UTF-8, inflated, checked; fields joined with 01. */
  readonly body: Buffer;
  /** Bytes on the wire, header to terminator. */
  readonly size: number;
}

export type Decoded =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'message';
      readonly frame: Frame;
      /** Bytes that came after the frame: not 0 means that the connection is out of step. */
      readonly beyond: number;
    }
  | { readonly state: 'broken'; readonly error: FrameError };

/** The fields of a body as text. */
export function fieldsOf(body: Buffer): string[] {
  return body.toString('utf8').split('\x01');
}

/** The fields of a body as views of its bytes, for records that are decoded without becoming text. */
export function cutFields(body: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let from = 0;
  for (let at = body.indexOf(separator); at >= 0; at = body.indexOf(separator, from)) {
    fields.push(body.subarray(from, at));
    from = at + 1;
  }
  fields.push(body.subarray(from));
  return fields;
}

/**
 * One whole request. `version` is the wire form (`00.9.40`). Throws RangeError where a field holds 01 or 0A, which would
 * change the number of fields or end the request: callers check what people typed before.
 */
export function encodeRequest(version: string, type: string, fields: readonly string[]): Buffer {
  for (const field of fields) {
    if (field.includes('\x01') || field.includes('\n')) throw new RangeError('a request field holds a separator');
  }
  const body = Buffer.from(fields.join('\x01'), 'utf8');
  const signed = Buffer.concat([encodeHeader(version, type, countCharacters(body)), body]);
  return Buffer.concat([signed, Buffer.from(`\x01${crc32(signed)}\n`, 'latin1')]);
}

/** One whole answer, packed where its type is. Re-encodes recorded answers identically, but for the CRC of packed ones. */
export function encodeAnswer(type: string, fields: readonly string[], version: string = serverVersion): Buffer {
  const body = Buffer.from(fields.join('\x01'), 'utf8');
  const packed = packedTypes.has(type);
  const sent = packed ? deflateLevel1(body) : body;
  const signed = Buffer.concat([encodeHeader(version, type, packed ? sent.length : countCharacters(body)), sent]);
  return Buffer.concat([signed, Buffer.from(`\x01${crc32(signed)}${packed ? '\n' : ''}`, 'latin1'), terminator]);
}

function encodeHeader(version: string, type: string, length: number): Buffer {
  return Buffer.from(`${version}\x01${type}\x01${String(length).padStart(10, '0')}`, 'latin1');
}

/** Code points of UTF-8 bytes: every byte but the continuation bytes begins one. */
function countCharacters(body: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < body.length; at++) if (((body[at] as number) & 0xc0) !== 0x80) count++;
  return count;
}

/** Bytes that arrived, in one piece, growing by doubling: appending stays linear in what is held. */
class Gathered {
  length = 0;
  private space: Buffer = Buffer.alloc(0);

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (needed > this.space.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.space.length * 2, 4096));
      this.space.copy(grown, 0, 0, this.length);
      this.space = grown;
    }
    this.space.set(chunk, this.length);
    this.length = needed;
  }

  get bytes(): Buffer {
    return this.space.subarray(0, this.length);
  }

  /** Forgets the first `count` bytes and moves the rest to the front: no view handed out before may still be in use. */
  drop(count: number): void {
    this.space.copyWithin(0, count, this.length);
    this.length -= count;
  }
}

/** Decodes exactly one answer: make one for each request. */
export class AnswerDecoder {
  private readonly held = new Gathered();
  private readonly bound: number;
  private searched = headerLength;
  private ended: Decoded | null = null;
  private header: Header | null = null;

  constructor(bound: number = answerBound) {
    this.bound = bound;
  }

  /** Bytes received of an answer that is not complete yet. */
  get pending(): number {
    return this.ended ? 0 : this.held.length;
  }

  /** After the message or an error the outcome stays the same, but for the count of bytes beyond the frame. */
  push(chunk: Uint8Array): Decoded {
    if (this.ended) {
      if (this.ended.state === 'message' && chunk.length > 0) {
        this.ended = { ...this.ended, beyond: this.ended.beyond + chunk.length };
      }
      return this.ended;
    }
    const room = this.bound - this.held.length;
    this.held.append(chunk.length > room ? chunk.subarray(0, room) : chunk);
    const decoded = this.decode();
    if (decoded.state === 'waiting') {
      if (chunk.length <= room) return decoded;
      return this.end(broken('bound', `The answer is longer than ${this.bound} bytes.`));
    }
    if (decoded.state === 'message' && chunk.length > room) {
      return this.end({ ...decoded, beyond: decoded.beyond + chunk.length - room });
    }
    return this.end(decoded);
  }

  private end(decoded: Decoded): Decoded {
    this.ended = decoded;
    return decoded;
  }

  private decode(): Decoded {
    if (this.held.length < headerLength) return waiting;
    if (!this.header) {
      const header = readHeader(this.held.bytes);
      if (!header) return broken('header', 'The answer does not begin with a header of the protocol.');
      if (header.length > this.bound) {
        return broken('bound', `The answer says that it is ${header.length} long, more than ${this.bound}.`);
      }
      this.header = header;
    }
    return packedTypes.has(this.header.type) ? this.decodePacked(this.header) : this.decodePlain(this.header);
  }

  private decodePlain(header: Header): Decoded {
    const bytes = this.held.bytes;
    for (;;) {
      const at = bytes.indexOf(terminator, this.searched);
      if (at < 0) break;
      const cut = crcBefore(bytes, at);
      if (cut >= headerLength) {
        const end = at + terminator.length;
        const body = bytes.subarray(headerLength, cut);
        const error = plainError(header, body, crcOf(bytes, cut + 1, at), crc32(bytes.subarray(0, cut)));
        return error ? { state: 'broken', error } : this.message(header, body, end);
      }
      this.searched = at + terminator.length;
    }
    this.searched = Math.max(this.searched, bytes.length - terminator.length + 1);
    // A character has at most four bytes, so a frame cannot go on for longer than this.
    const longest = headerLength + 4 * header.length + 1 + longestCrc + terminator.length;
    if (bytes.length >= longest) return broken('length', 'The answer is longer than its header says.');
    return waiting;
  }

  private decodePacked(header: Header): Decoded {
    const bytes = this.held.bytes;
    const bodyEnd = headerLength + header.length;
    if (bytes.length <= bodyEnd) return waiting;
    const trailer = packedTrailer(bytes, bodyEnd);
    if (trailer === 'short') return waiting;
    if (trailer === 'wrong') return broken('trailer', 'The packed answer does not end where its header says.');
    const inflated = inflate(bytes.subarray(headerLength, bodyEnd), this.bound);
    if ('fault' in inflated) return { state: 'broken', error: inflated };
    if (!isUtf8(inflated)) return broken('text', 'The answer is not valid UTF-8.');
    return this.message(header, inflated, trailer);
  }

  private message(header: Header, body: Buffer, end: number): Decoded {
    const frame = { version: header.version, type: header.type, body, size: end };
    return { state: 'message', frame, beyond: this.held.length - end };
  }
}

export type DecodedRequest =
  | { readonly state: 'message'; readonly version: string; readonly type: string; readonly fields: readonly string[] }
  /** The bytes up to the line end were taken; the stream goes on behind them unless the fault is `bound`. */
  | { readonly state: 'broken'; readonly error: FrameError };

/** The server's side: a stream of requests, each up to its line end. Push what arrived, then take until null. */
export class RequestDecoder {
  private readonly held = new Gathered();
  private readonly bound: number;
  private from = 0;
  private searched = 0;
  private dead = false;

  constructor(bound: number = requestBound) {
    this.bound = bound;
  }

  push(chunk: Uint8Array): void {
    if (this.dead) return;
    if (this.from > 0) {
      this.held.drop(this.from);
      this.searched -= this.from;
      this.from = 0;
    }
    this.held.append(chunk);
  }

  /** The next whole request, or null while none is complete. After a `bound` error there is never another. */
  take(): DecodedRequest | null {
    if (this.dead) return null;
    const bytes = this.held.bytes;
    const at = bytes.indexOf(newline, this.searched);
    const end = at < 0 ? bytes.length : at;
    if (end - this.from > this.bound) {
      this.dead = true;
      this.held.drop(bytes.length);
      return broken('bound', `The request is longer than ${this.bound} bytes.`);
    }
    this.searched = at < 0 ? bytes.length : at + 1;
    if (at < 0) return null;
    const line = bytes.subarray(this.from, at);
    this.from = at + 1;
    return decodeRequest(line);
  }
}

function decodeRequest(line: Buffer): DecodedRequest {
  const header = readHeader(line);
  if (!header) return broken('header', 'The request does not begin with a header of the protocol.');
  const cut = crcBefore(line, line.length);
  if (cut < headerLength) return broken('trailer', 'The request does not end with a checksum.');
  const body = line.subarray(headerLength, cut);
  const error = plainError(header, body, crcOf(line, cut + 1, line.length), crc32(line.subarray(0, cut)));
  if (error) return { state: 'broken', error };
  return { state: 'message', version: header.version, type: header.type, fields: fieldsOf(body) };
}

interface Header {
  readonly version: string;
  readonly type: string;
  readonly length: number;
}

const waiting: Decoded = { state: 'waiting' };

function broken(fault: FrameFault, message: string): { readonly state: 'broken'; readonly error: FrameError } {
  return { state: 'broken', error: { fault, message } };
}

function readHeader(bytes: Buffer): Header | null {
  if (bytes.length < headerLength) return null;
  const text = bytes.toString('latin1', 0, headerLength);
  if (!headerForm.test(text)) return null;
  return { version: text.slice(0, 7), type: text.slice(8, 10), length: Number(text.slice(11)) };
}

/** Where the separator stands that is followed by 1 to 10 digits up to `end`; -1 where there is none. */
function crcBefore(bytes: Buffer, end: number): number {
  let at = end - 1;
  while (at >= 0 && end - at <= longestCrc && isDigit(bytes[at] as number)) at--;
  return at >= 0 && at < end - 1 && bytes[at] === separator ? at : -1;
}

function crcOf(bytes: Buffer, from: number, to: number): number {
  return Number(bytes.toString('latin1', from, to));
}

function plainError(header: Header, body: Buffer, said: number, counted: number): FrameError | null {
  if (said !== counted) return { fault: 'crc', message: `The checksum is ${said}, but the bytes have ${counted}.` };
  if (!isUtf8(body)) return { fault: 'text', message: 'The body is not valid UTF-8.' };
  if (header.length === body.length || header.length === countCharacters(body)) return null;
  return { fault: 'length', message: `The header says ${header.length} characters, the body has another number.` };
}

/** The end of the frame behind a packed body, whether more bytes are needed to tell, or that no trailer stands there. */
function packedTrailer(bytes: Buffer, bodyEnd: number): number | 'short' | 'wrong' {
  if (bytes[bodyEnd] !== separator) return 'wrong';
  let at = bodyEnd + 1;
  while (at < bytes.length && at - bodyEnd <= longestCrc && isDigit(bytes[at] as number)) at++;
  if (at >= bytes.length) return 'short';
  if (at === bodyEnd + 1 || bytes[at] !== newline) return 'wrong';
  const rest = bytes.subarray(at + 1, at + 1 + terminator.length);
  if (!rest.equals(terminator.subarray(0, rest.length))) return 'wrong';
  return rest.length < terminator.length ? 'short' : at + 1 + terminator.length;
}

function inflate(packed: Buffer, bound: number): Buffer | FrameError {
  try {
    const { buffer, engine } = inflateSync(packed, {
      maxOutputLength: bound,
      chunkSize: Math.max(16_384, Math.min(packed.length * 8, 1 << 20)),
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    if (engine.bytesWritten === packed.length) return buffer;
    return { fault: 'zlib', message: 'Bytes follow the end of the packed body.' };
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      return { fault: 'bound', message: `The answer inflates to more than ${bound} bytes.` };
    }
    return { fault: 'zlib', message: 'The packed body does not inflate.' };
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
