/** What is told of the day's quota: of the file, of the address that all files share, and of a budget that was set. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicBaostock } from '../../src/config/endpoint.ts';
import { sharedFile } from '../../src/fetch/limits.ts';
import { providerKey } from '../../src/fetch/provider.ts';
import { quotaToday } from '../../src/fetch/quota.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { addRequests, requestKey } from '../../src/store/requests.ts';
import { clock, Files } from '../store/fixture.ts';

const files = new Files();
const before = process.env.XDG_STATE_HOME;
const local = { host: '127.0.0.1', port: 10_030 };
let database: OpenedDatabase;

beforeAll(async () => {
  process.env.XDG_STATE_HOME = join(files.folder, 'state');
  database = await files.open();
  for (const endpoint of [publicBaostock, local]) {
    await addRequests(database, new Map([[requestKey(providerKey(endpoint), 'login'), 7]]));
  }
});

afterAll(async () => {
  if (before === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = before;
  await files.close();
});

describe('the quota of a day', () => {
  it('is that of the address: what other files sent counts too', async () => {
    expect(await quotaToday(database, { endpoint: publicBaostock })).toEqual({ used: 7, budget: 45_000 });
    sharedFile(publicBaostock, clock)?.add(1_200);
    expect(await quotaToday(database, { endpoint: publicBaostock })).toEqual({ used: 1_200, budget: 45_000 });
    expect(await quotaToday(database, { endpoint: local })).toEqual({ used: 7, budget: null });
  });

  it('is what was set, but on the public host never more than its rule leaves', async () => {
    expect((await quotaToday(database, { endpoint: local, budget: 60_000 })).budget).toBe(60_000);
    expect((await quotaToday(database, { endpoint: publicBaostock, budget: 60_000 })).budget).toBe(45_000);
    expect((await quotaToday(database, { endpoint: publicBaostock, budget: 300 })).budget).toBe(300);
  });
});
