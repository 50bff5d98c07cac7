/**
 * What has to hold for any bytes at all: a decoder yields the message, waits, or reports a typed error; it throws nothing,
 * and what it says does not depend on where the stream was cut. The test runs these properties shortly, the script
 * `fuzz-frames` at length.
 */
import fc from 'fast-check';
import { AnswerDecoder, type Decoded, type DecodedRequest, RequestDecoder } from '../../src/source/baostock/frame.ts';

const faults = new Set(['header', 'length', 'trailer', 'crc', 'zlib', 'text', 'bound']);
/** Small enough that a forged length or a bomb meets it. */
const bound = 1 << 20;

export function decodeWhole(bytes: Buffer): Decoded {
  return new AnswerDecoder(bound).push(bytes);
}

/** Decodes in pieces cut at the given places; the last word counts. */
export function decodeCut(bytes: Buffer, cuts: readonly number[]): Decoded {
  const decoder = new AnswerDecoder(bound);
  let last: Decoded = { state: 'waiting' };
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    last = decoder.push(bytes.subarray(from, cut));
    from = cut;
  }
  return from < bytes.length ? decoder.push(bytes.subarray(from)) : last;
}

/** A decoder that is fed one byte at a time, each in memory of its own. */
export function decodeDripping(bytes: Buffer): Decoded {
  const decoder = new AnswerDecoder(bound);
  let last: Decoded = { state: 'waiting' };
  for (const byte of bytes) last = decoder.push(Uint8Array.of(byte));
  return last;
}

export function requestsOf(bytes: Buffer, cuts: readonly number[]): DecodedRequest[] {
  const decoder = new RequestDecoder(4096);
  const found: DecodedRequest[] = [];
  let from = 0;
  for (const cut of [...[...cuts].sort((a, b) => a - b), bytes.length]) {
    decoder.push(bytes.subarray(from, cut));
    for (let next = decoder.take(); next; next = decoder.take()) found.push(next);
    from = cut;
  }
  return found;
}

/** The same outcome, byte for byte of the body. */
export function same(one: Decoded, other: Decoded): boolean {
  if (one.state === 'message' && other.state === 'message') {
    const sameHead = one.frame.type === other.frame.type && one.frame.version === other.frame.version;
    return sameHead && one.beyond === other.beyond && one.frame.body.equals(other.frame.body);
  }
  if (one.state === 'broken' && other.state === 'broken') return one.error.fault === other.error.fault;
  return one.state === other.state;
}

function wellFormed(decoded: Decoded): boolean {
  if (decoded.state === 'waiting') return true;
  if (decoded.state === 'broken') return faults.has(decoded.error.fault) && decoded.error.message.endsWith('.');
  return decoded.frame.body.length <= bound;
}

function cutsOf(length: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat({ max: length }), { maxLength: 6 });
}

/** Any frame, cut anywhere, is the same frame. */
export function cutProperty(frames: readonly Buffer[]): fc.IPropertyWithHooks<[Buffer, number[]]> {
  const arbitrary = fc.constantFrom(...frames).chain(frame => fc.tuple(fc.constant(frame), cutsOf(frame.length)));
  return fc.property(arbitrary, ([frame, cuts]) => same(decodeCut(frame, cuts), decodeWhole(frame))) as never;
}

type Edit = { readonly at: number; readonly how: 'set' | 'insert' | 'remove' | 'repeat'; readonly byte: number };

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom<Edit['how']>('set', 'insert', 'remove', 'repeat'),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x01, 0x0a, 0x3c, 0x30, 0x39, 0x00, 0xff)),
  }),
  { minLength: 1, maxLength: 5 },
);

function edited(frame: Buffer, changes: readonly Edit[]): Buffer {
  let bytes = frame;
  for (const { at, how, byte } of changes) {
    const place = Math.min(bytes.length, Math.floor(at * (bytes.length + 1)));
    const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)];
    const one = Buffer.of(byte);
    if (how === 'insert') bytes = Buffer.concat([before, one, behind]);
    else if (how === 'set') bytes = Buffer.concat([before, one, behind.subarray(1)]);
    else if (how === 'remove') bytes = Buffer.concat([before, behind.subarray(1 + (byte % 7))]);
    else bytes = Buffer.concat([before, before.subarray(-byte), behind]);
  }
  return bytes;
}

/** A damaged frame ends in one of the three outcomes, and in the same one however it is cut. */
export function mutationProperty(frames: readonly Buffer[]): fc.IPropertyWithHooks<[Buffer, Edit[], number[]]> {
  const arbitrary = fc.tuple(fc.constantFrom(...frames), edits, cutsOf(2048));
  return fc.property(arbitrary, ([frame, changes, places]) => {
    const bytes = edited(frame, changes);
    const cuts = places.map(place => place % (bytes.length + 1));
    const whole = decodeWhole(bytes);
    return wellFormed(whole) && consistent(whole, decodeCut(bytes, cuts));
  }) as never;
}

/** Bytes at random, some with a header in front so that they get past it. */
export function garbageProperty(): fc.IPropertyWithHooks<[Buffer, number[]]> {
  const header = fc
    .tuple(
      fc.constantFrom('34', '96', '04', '99', '9D', '01'),
      fc.oneof(fc.nat(3000), fc.constantFrom(9_999_999_999, 67_108_864)),
    )
    .map(([type, length]) => Buffer.from(`00.9.00\x01${type}\x01${String(length).padStart(10, '0')}`));
  const noise = fc.uint8Array({ maxLength: 3000 }).map(bytes => Buffer.from(bytes));
  const tail = fc
    .constantFrom('', '\x01123<![CDATA[]]>\n', '\x01123\n<![CDATA[]]>\n', '<![CDATA[]]>\n')
    .map(text => Buffer.from(text));
  const bytes = fc
    .tuple(fc.oneof(header, fc.constant(Buffer.alloc(0))), noise, tail)
    .map(pieces => Buffer.concat(pieces));
  return fc.property(fc.tuple(bytes, cutsOf(3000)), ([stream, places]) => {
    const whole = decodeWhole(stream);
    const cuts = places.map(place => place % (stream.length + 1));
    return wellFormed(whole) && consistent(whole, decodeCut(stream, cuts));
  }) as never;
}

/** The server's side: any stream, cut anywhere, gives the same requests and errors. */
export function requestProperty(requests: readonly Buffer[]): fc.IPropertyWithHooks<[Buffer[], number[]]> {
  const piece = fc.oneof(
    fc.constantFrom(...requests),
    fc.tuple(fc.constantFrom(...requests), edits).map(([request, changes]) => edited(request, changes)),
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
  );
  return fc.property(fc.tuple(fc.array(piece, { maxLength: 5 }), cutsOf(1000)), ([pieces, places]) => {
    const stream = Buffer.concat(pieces);
    const cuts = places.map(place => place % (stream.length + 1));
    return JSON.stringify(requestsOf(stream, cuts)) === JSON.stringify(requestsOf(stream, []));
  }) as never;
}

/**
 * A frame that is broken may be found out earlier or later by where it is cut (a plain answer that outgrows its header is given
 * up when the limit is passed), so a fault may differ; a message may not.
 */
function consistent(whole: Decoded, cut: Decoded): boolean {
  if (whole.state === 'message' || cut.state === 'message') return same(whole, cut);
  return whole.state === cut.state;
}
