/** Notices that the process that started this one has ended: nothing that it started may outlive it. */

const pollMs = 1_000;

/** Resolves when standard input ends, the channel to the parent closes, or the parent's process id changes. */
export function orphaned(): Promise<void> {
  return new Promise(resolve => {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid !== parent) done();
    }, pollMs);
    const done = () => {
      clearInterval(timer);
      process.stdin.destroy();
      resolve();
    };
    process.once('disconnect', done);
    process.stdin.once('end', done);
    process.stdin.once('error', done);
    process.stdin.once('close', done);
    process.stdin.resume();
  });
}
