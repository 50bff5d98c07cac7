/** The class of failures that a word stands for. */
import { Problem } from '../market/problem.ts';
import { type FailureClass, failureClasses } from '../source/outcome.ts';
import { nearest } from './nearest.ts';

/** `network` stands for `retry-network`. */
export function classesOf(typed: string): FailureClass[] {
  const wanted = typed.toLowerCase();
  const found = failureClasses.filter(name => name === wanted || name === `retry-${wanted}`);
  if (found.length > 0) return found;
  const words = failureClasses.map(name => name.replace(/^retry-/, ''));
  const [meant] = nearest(wanted, words, 1);
  throw new Problem('usage', `there is no class of failure ${typed}.`, {
    next: meant === undefined ? `classes: ${words.join(' ')}` : `did you mean ${meant} ?`,
  });
}
