/** How outcomes and ends are called on the screen. */
import type { EmptyReason, FailureClass, RunEnd } from '../source/outcome.ts';
import type { Role } from './line.ts';

const classes: Readonly<Record<FailureClass, string>> = {
  'retry-network': 'network',
  'retry-session': 'session lost',
  throttled: 'throttled',
  quota: 'quota',
  banned: 'banned',
  auth: 'login refused',
  permission: 'no permission',
  'bad-request': 'bad request',
  'unknown-code': 'unknown',
  'bad-data': 'bad data',
  poison: 'killed workers',
  storage: 'storage',
};

const reasons: Readonly<Record<EmptyReason, string>> = {
  suspended: 'suspended',
  'before-listing': 'before its listing',
  'after-delisting': 'after its delisting',
  'not-published': 'not published yet',
  'no-events': 'no events',
  'not-offered': 'not offered by the provider',
  'no-sessions': 'no sessions in the range',
};

const roles: Readonly<Record<RunEnd, Role>> = {
  ok: 'plain',
  partial: 'warn',
  failed: 'fail',
  cancelled: 'dim',
  refused: 'warn',
  parked: 'warn',
  abandoned: 'fail',
};

export function classWord(name: FailureClass): string {
  return classes[name] ?? name;
}

export function reasonWord(reason: EmptyReason): string {
  return reasons[reason] ?? reason;
}

export function endRole(end: RunEnd): Role {
  return roles[end] ?? 'plain';
}
