/** Recorded and made frames of the protocol, where they lie beside the checkout; tests that need them are skipped elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared');
const file = join(shared, 'baostock-vectors.json');
export const present = existsSync(file);
if (!present) console.log(`skipped: no recorded frames at ${shared}`);

export interface RequestVector {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly declared_length: number;
  readonly crc32: number;
  readonly fields: readonly string[];
  readonly hex: string;
}

export interface ResponseVector {
  readonly name: string;
  readonly source: 'recorded' | 'made';
  readonly version: string;
  readonly type: string;
  readonly compressed: boolean;
  readonly body_fields: readonly string[];
  readonly rows?: number;
  readonly record_is_json?: boolean;
  readonly first_row?: readonly string[];
  readonly last_row?: readonly string[];
  readonly hex?: string;
  readonly file?: string;
}

interface Vectors {
  readonly requests: readonly RequestVector[];
  readonly responses: readonly ResponseVector[];
  readonly exchanges: readonly { readonly request: RequestVector; readonly response: string }[];
  readonly broken_frames: readonly { readonly name: string; readonly hex: string; readonly expect: string }[];
  readonly api_keys: readonly { readonly key: string; readonly valid: boolean }[];
  readonly client_validation: readonly {
    readonly call: string;
    readonly sends: number;
    readonly result: { readonly error_code?: string; readonly raises?: string } | null;
  }[];
  readonly adjustment_golden: readonly {
    readonly raw_close: string;
    readonly fore: string;
    readonly back?: string;
    readonly qfq_close: string;
    readonly hfq_close?: string;
  }[];
}

const none: Vectors = {
  requests: [],
  responses: [],
  exchanges: [],
  broken_frames: [],
  api_keys: [],
  client_validation: [],
  adjustment_golden: [],
};

export const vectors: Vectors = present ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : none;

export function bytesOf({ hex, file }: { readonly hex?: string; readonly file?: string }): Buffer {
  return hex === undefined ? readFileSync(join(shared, file ?? '')) : Buffer.from(hex, 'hex');
}
