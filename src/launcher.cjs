#!/usr/bin/env node
// Starts the program with a thread pool large enough for the connection pool. The size is read when the pool first
// starts, which an ESM entry's own loading does; hence this small CommonJS file. On Windows the variable must be in the
// environment of the process from its start, so the program is run again with it set.
'use strict';
const THREADS = '20';
if (!process.env.UV_THREADPOOL_SIZE) {
  process.env.UV_THREADPOOL_SIZE = THREADS;
  if (process.platform === 'win32') {
    const { spawnSync } = require('node:child_process');
    const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit', env: process.env });
    process.exit(status === null ? 1 : status);
  }
}
import('./main.js').catch(error => {
  process.stderr.write(`duckline could not start: ${error?.message}\n`);
  process.exit(1);
});
