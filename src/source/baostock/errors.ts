/**
 * The provider's error codes as failures: a class that says what may be done, one English sentence of our own, and the
 * provider's code and text kept beside it. Also the failures that a connection makes by itself.
 */
import type { Failure, FailureClass } from '../outcome.ts';
import type { FrameError } from './frame.ts';

const known: Readonly<Record<string, readonly [FailureClass, string]>> = {
  '10001001': ['retry-session', 'The provider says that nobody is logged in on this connection.'],
  '10001002': ['auth', 'The provider refuses the user name or the password.'],
  '10001003': ['auth', 'The provider cannot find the account.'],
  '10001004': ['auth', 'The provider no longer accepts this client version.'],
  '10001005': ['throttled', 'The provider refuses another login: the account has too many.'],
  '10001006': ['permission', 'The account may not ask for this.'],
  '10001007': ['quota', 'The provider wants the account activated, or its requests of the day are used up.'],
  '10001008': ['auth', 'The user name is empty.'],
  '10001009': ['auth', 'The password is empty.'],
  '10001010': ['retry-network', 'The provider could not log out.'],
  '10001011': ['banned', 'The provider has blacklisted this address.'],
  '10001012': ['auth', 'The API key does not have the form of one.'],
  '10002001': ['retry-network', 'The network failed.'],
  '10002002': ['retry-network', 'The provider cannot be connected to.'],
  '10002003': ['retry-network', 'Connecting to the provider took too long.'],
  '10002004': ['retry-network', 'The connection was closed while an answer came in.'],
  '10002005': ['retry-network', 'The request could not be sent.'],
  '10002006': ['retry-network', 'Sending the request took too long.'],
  '10002007': ['retry-network', 'The answer could not be received.'],
  '10002008': ['retry-network', 'The answer took too long.'],
  '10004001': ['bad-request', 'The provider could not parse the request.'],
  '10004002': ['bad-request', 'The provider could not unpack the data.'],
  '10004003': ['bad-request', 'The provider reports an unknown client error.'],
  '10004004': ['bad-request', 'The provider reports an index out of bounds.'],
  '10004005': ['bad-request', 'A parameter of the request is empty.'],
  '10004006': ['bad-request', 'A parameter of the request is wrong, or one is missing.'],
  '10004007': ['bad-request', 'The start date is malformed.'],
  '10004008': ['bad-request', 'The end date is malformed.'],
  '10004009': ['bad-request', 'The start date lies after the end date.'],
  '10004010': ['bad-request', 'A date of the request is malformed.'],
  '10004011': ['unknown-code', 'The provider does not know the code.'],
  '10004012': ['bad-request', 'The provider does not offer one of the fields for this frequency or adjustment.'],
  '10004013': ['bad-request', 'The dates lie outside what the provider offers.'],
  '10004014': ['bad-request', 'The request mixes kinds of securities.'],
  '10004015': ['bad-request', 'The provider does not offer this kind of security.'],
  '10004016': ['bad-request', 'The request asks for too many rows.'],
  '10004017': ['bad-request', 'The provider does not support the request.'],
  '10004018': ['bad-request', 'A field is asked for twice.'],
  '10004019': ['bad-request', 'The provider calls the message malformed.'],
  '10004020': ['bad-request', 'The provider does not know the type of the message.'],
  '10005001': ['retry-network', 'The provider has a fault of its own.'],
};

/** Codes that are not listed go by their thousands: 10001 the account, 10002 the network, 10004 the request, 10005 the server. */
const families: readonly (readonly [string, FailureClass, string])[] = [
  ['10001', 'auth', 'The provider refuses the account.'],
  ['10002', 'retry-network', 'The network failed.'],
  ['10004', 'bad-request', 'The provider refuses the request.'],
  ['10005', 'retry-network', 'The provider has a fault of its own.'],
];

/** The failure for an error code of the provider with its text; `said` is left out where the code is our own finding. */
export function failureOf(code: string, said?: string): Failure {
  const [kind, message] = known[code] ?? familyOf(code);
  return { class: kind, message, code, ...(said === undefined ? {} : { said }) };
}

function familyOf(code: string): readonly [FailureClass, string] {
  const family = families.find(([start]) => code.startsWith(start) && code.length === 8);
  return family ? [family[1], family[2]] : ['bad-request', 'The provider answers with an error that is not known.'];
}

/** A finding of the client before anything is sent: the code that the official client gives, the sentence of the case. */
export function refusedBefore(code: string, message: string): Failure {
  return { ...failureOf(code), message };
}

export function networkFailure(code: string, message: string): Failure {
  return { class: 'retry-network', message, code };
}

/** A broken frame: the connection is of no more use, and the same request may well succeed on another. */
export function brokenAnswer({ fault, message }: FrameError): Failure {
  return networkFailure(
    '10002007',
    fault === 'zlib' || fault === 'crc' ? `The answer was damaged. ${message}` : message,
  );
}

/** An answer that belongs to another request. */
export function outOfStep(message: string): Failure {
  return networkFailure('10002007', `${message} The connection is out of step.`);
}

/** Rows that are not what was asked, and would be the same again. */
export function badData(message: string): Failure {
  return { class: 'bad-data', message };
}
