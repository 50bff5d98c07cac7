/** A report in a browser, where one is installed: nothing is complained of, nothing is asked of a network, every chart is there. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser, browserArgs } from '../../scripts/pictures/browser.ts';
import { Home } from '../slice/program.ts';

let home: Home;
beforeAll(() => {
  home = new Home();
});
afterAll(() => home.close());

const evil = '<script>document.title = "obeyed"</script><img src="http://127.0.0.1:9/pixel.png">';
const notes = `-- ---
-- title: 收盘 ${evil}
-- ---

-- %% [markdown]
-- ${evil} [a link](https://example.org/)

-- %% 涨幅 name="ups"
select code, date, close, pct_chg, '${evil.replaceAll("'", "''")}' as "<b>" from daily order by date desc, code limit 5;

-- %% lists
select code, list(close order by date)::double[] as closes from daily group by code order by code limit 2;

-- %% fails
select nope;

-- %% charts [duckline]
-- chart 600519
-- chart "select date, code, close from daily where code in ('sh.600519', 'sz.000001')" --by code
-- chart "select code, avg(turn) as turn from daily group by code" --type bar
-- chart "select pct_chg from daily"
`;

it('is a whole page for a browser', async ({ skip }) => {
  const program = browser();
  if (program === null) return skip('no Chromium is installed here');
  writeFileSync(home.path('notes.sql'), notes);
  expect(await home.run(['--demo', 'report', 'notes.sql', '--to', 'notes.html'])).toMatchObject({ code: 3 });
  const log = home.path('net.json');
  const { stdout, stderr, error } = spawnSync(
    program,
    [
      ...browserArgs,
      '--enable-logging=stderr',
      `--log-net-log=${log}`,
      '--dump-dom',
      `file://${home.path('notes.html')}`,
    ],
    { encoding: 'utf8', timeout: 60_000, env: { ...home.environment } },
  );
  expect(error).toBeUndefined();
  expect(stderr.split('\n').filter(row => /CONSOLE/.test(row))).toEqual([]);
  expect(readFileSync(log, 'utf8').match(/"url":"https?:[^"]*(127\.0\.0\.1|example)[^"]*"/g)).toBeNull();
  expect(stdout.match(/<svg /g)).toHaveLength(4);
  expect(stdout).toContain('<h1>收盘 &lt;script&gt;');
  expect(stdout).toMatch(/<td>[▁▂▃▄▅▆▇█]+ \d+<\/td>/);
  expect(stdout).not.toMatch(/<img|<script|NaN|undefined/);
}, 90_000);
