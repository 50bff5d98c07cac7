/**
 * Memory of the messages that workers send. Their bytes stand outside the JavaScript heap and are dropped as soon as they are
 * staged. The collector counts them as growth of a heap that is small, and would mark all of it seventeen times while 900,000
 * rows come in, for a tenth of the processor. So while a crew is at work the heap may grow to three times its size first; what
 * lies outside it still starts a collection at 64 MB.
 */
import { setFlagsFromString } from 'node:v8';

const growthPercent = 200;
let receiving = 0;

/** @returns the end of it, to be called once. */
export function receiveMessages(): () => void {
  if (receiving++ === 0) setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  return () => {
    // 0: the collector decides.
    if (--receiving === 0) setFlagsFromString('--heap-growing-percent=0');
  };
}
