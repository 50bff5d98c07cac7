import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InputEvent, KeyParser, pastePauseMs } from '../../src/ui/keys.ts';

function parse(...pieces: (string | Uint8Array)[]): InputEvent[] {
  const parser = new KeyParser();
  const events = pieces.flatMap(piece => parser.push(typeof piece === 'string' ? Buffer.from(piece) : piece));
  return parser.waiting === null ? events : [...events, ...parser.settle()];
}

const key = (name: string): InputEvent => ({ type: 'key', key: name });
const text = (typed: string): InputEvent => ({ type: 'text', text: typed });
const paste = (pasted: string): InputEvent => ({ type: 'paste', text: pasted });

describe('keys', () => {
  it.each([
    ['\r', 'enter'],
    ['\n', 'C-j'],
    ['\t', 'tab'],
    ['\x7f', 'backspace'],
    ['\x08', 'C-h'],
    ['\x00', 'C-space'],
    ['\x01', 'C-a'],
    ['\x1f', 'C-_'],
    ['\x1b', 'escape'],
    ['\x1bb', 'M-b'],
    ['\x1b茅', 'M-茅'],
    ['\x1b\r', 'M-enter'],
    ['\x1b\x7f', 'M-backspace'],
    ['\x1b\x08', 'C-M-h'],
    ['\x1b[A', 'up'],
    ['\x1bOA', 'up'],
    ['\x1b[1;5C', 'C-right'],
    ['\x1b[1;3D', 'M-left'],
    ['\x1b\x1b[D', 'M-left'],
    ['\x1bOH', 'home'],
    ['\x1b[1~', 'home'],
    ['\x1b[7~', 'home'],
    ['\x1b[4~', 'end'],
    ['\x1b[3~', 'delete'],
    ['\x1b[3;5~', 'C-delete'],
    ['\x1b[3$', 'S-delete'],
    ['\x1b[3^', 'C-delete'],
    ['\x1bOP', 'f1'],
    ['\x1b[[A', 'f1'],
    ['\x1b[11~', 'f1'],
    ['\x1b[1;2R', 'S-f3'],
    ['\x1b[15~', 'f5'],
    ['\x1b[24~', 'f12'],
    ['\x1b[Z', 'S-tab'],
    ['\x1bOM', 'enter'],
    ['\x1b[13;2u', 'S-enter'],
    ['\x1b[27;2;13~', 'S-enter'],
    ['\x1b[27;5;13~', 'C-enter'],
    ['\x1b[13u', 'enter'],
    ['\x1b[57414u', 'enter'],
    ['\x1b[27u', 'escape'],
    ['\x1b[99;5u', 'C-c'],
    ['\x1b[99;5:1u', 'C-c'],
    ['\x1b[98;3u', 'M-b'],
    ['\x1b[97:65;4u', 'M-A'],
    ['\x1b[9;2u', 'S-tab'],
    ['\x1b[1;129A', 'up'],
    ['\x1b[d', 'S-left'],
  ])('reads %j as %s', (bytes, name) => {
    expect(parse(bytes)).toEqual([key(name)]);
  });

  it.each([
    ['a key with the window system’s modifier', '\x1b[99;9u'],
    ['the release of a key', '\x1b[97;1:3u'],
    ['focus', '\x1b[I'],
    ['the mouse', '\x1b[<0;10;20M'],
    ['the old mouse', '\x1b[M !!'],
    ['an unknown sequence', '\x1b[>1;2;3x'],
    ['an unknown function key', '\x1b[99~'],
    ['a private key', '\x1b[57358u'],
    ['an end of paste without a beginning', '\x1b[201~'],
    ['an answer from the device', '\x1bP>|xterm(390)\x1b\\'],
  ])('swallows %s whole', (_, bytes) => {
    expect(parse(`${bytes}x`)).toEqual([text('x')]);
  });

  it('takes printable keys of the keypad and of the extended forms as text', () => {
    expect(parse('\x1bOp\x1bOj')).toEqual([text('0'), text('*')]);
    expect(parse('\x1b[57400u')).toEqual([text('1')]);
    expect(parse('\x1b[97;2u')).toEqual([text('A')]);
    expect(parse('\x1b[49:33;2u')).toEqual([text('!')]);
    expect(parse('\x1b[32;2u')).toEqual([text(' ')]);
  });

  it('gives reports as reports', () => {
    expect(parse('\x1b[24;80R')).toEqual([{ type: 'report', text: '[24;80R' }]);
    expect(parse('\x1b]11;rgb:0000/0000/0000\x1b\\')).toEqual([{ type: 'report', text: ']11;rgb:0000/0000/0000' }]);
    expect(parse('\x1b]11;rgb:ffff/ffff/ffff\x07')).toEqual([{ type: 'report', text: ']11;rgb:ffff/ffff/ffff' }]);
    expect(parse('\x1b[?62;22c')).toEqual([{ type: 'report', text: '[?62;22c' }]);
  });

  it('tells a lone Escape by the silence after it', () => {
    const parser = new KeyParser();
    expect(parser.push(Buffer.from('\x1b'))).toEqual([]);
    expect(parser.waiting).toBeGreaterThan(0);
    expect(parser.settle()).toEqual([key('escape')]);
    expect(parser.waiting).toBe(null);
    expect(parse('\x1b\x1bx')).toEqual([key('escape'), key('M-x')]);
    expect(parse('\x1b[')).toEqual([key('M-[')]);
    expect(parse('\x1bO')).toEqual([key('M-O')]);
    expect(parse('\x1b]')).toEqual([key('M-]')]);
  });

  it('does not let a broken sequence eat what follows', () => {
    expect(parse('\x1b[12\x03')).toEqual([key('C-c')]);
    expect(parse('\x1b[1;5茅')).toEqual([text('茅')]);
  });

  it('puts a character together that was divided between pieces', () => {
    const bytes = Buffer.from('贵州🐎');
    const pieces = Array.from(bytes, byte => Uint8Array.of(byte));
    expect(
      parse(...pieces)
        .map(event => (event.type === 'text' ? event.text : '?'))
        .join(''),
    ).toBe('贵州🐎');
  });

  it('makes one event of a paste of any size in any pieces', () => {
    const body = 'select 1;\n'.repeat(100_000);
    const bytes = Buffer.from(`\x1b[200~${body}\x1b[201~x`);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 4093) pieces.push(bytes.subarray(at, at + 4093));
    expect(parse(...pieces)).toEqual([paste(body), text('x')]);
  });

  it('obeys nothing inside a paste', () => {
    expect(parse('\x1b[200~a\x03\x1b[A\r\nb\rc\x1b[201~')).toEqual([paste('a\x03\x1b[A\nb\nc')]);
  });

  it('hands over a paste that never ends, and lets Ctrl-C out of it', () => {
    const parser = new KeyParser();
    expect(parser.push(Buffer.from('\x1b[200~half'))).toEqual([]);
    expect(parser.waiting).toBe(pastePauseMs);
    expect(parser.settle()).toEqual([paste('half')]);
    expect(parser.push(Buffer.from(' late;\r'))).toEqual([]);
    expect(parser.push(Buffer.from('\x03'))).toEqual([key('C-c')]);
    expect(parser.push(Buffer.from('x'))).toEqual([text('x')]);
  });

  it('loses nothing of a paste without brackets', () => {
    expect(parse('select\t1,\n\t2;\r')).toEqual([
      text('select'),
      text('\t'),
      text('1,'),
      key('C-j'),
      text('\t'),
      text('2;'),
      key('enter'),
    ]);
    const blanks = ' '.repeat(60);
    expect(parse(`a,${blanks}\t\tb`)).toEqual([text(`a,${blanks}`), text('\t'), text('\t'), text('b')]);
    const piece = 'x'.repeat(1023);
    expect(parse(`${piece}\t`, '1;')).toEqual([text(piece), text('\t'), text('1;')]);
    expect(parse("select 'from dai\tl")).toEqual([text("select 'from dai"), key('tab'), text('l')]);
    expect(parse('select a, b\t')).toEqual([text('select a, b'), key('tab')]);
    expect(parse('fetch 600519\t\r')).toEqual([text('fetch 600519'), key('tab'), key('enter')]);
    const long = `create table t (\n\ta int,${' '.repeat(60)}\tb int);`;
    const typed = parse(long).map(event => (event.type === 'text' ? event.text : '\n'));
    expect(typed.join('')).toBe(long);
  });

  it('gives the same events wherever the bytes are cut', () => {
    const piece = fc.constantFrom(
      'a',
      '茅台',
      '🐎',
      '\r',
      '\x03',
      '\x1b[A',
      '\x1b[1;5C',
      '\x1bOP',
      '\x1b[13;2u',
      '\x1b[27;2;13~',
      '\x1bb',
      '\x1b[200~x\ry\x1b[201~',
      '\x1b[M !!',
      '\x1b]11;rgb:0/0/0\x07',
      '\x1b[[B',
    );
    const joined = (events: InputEvent[]): unknown[] =>
      events.reduce<InputEvent[]>((all, event) => {
        const last = all.at(-1);
        if (event.type === 'text' && last?.type === 'text') all[all.length - 1] = text(last.text + event.text);
        else all.push(event);
        return all;
      }, []);
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat({ max: 80 }), { maxLength: 8 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''));
          const places = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
          const pieces = places.slice(1).map((to, index) => bytes.subarray(places[index], to));
          expect(joined(parse(...pieces))).toEqual(joined(parse(bytes)));
        },
      ),
    );
  });
});
