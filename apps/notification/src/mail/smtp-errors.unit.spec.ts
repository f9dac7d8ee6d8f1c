import { RetryLaterError } from '@atlas/messaging';
import { DependencyUnavailableError, isUnreachable } from '@atlas/platform';
import { MailRejectedError } from '../errors.ts';
import { classifySmtpError } from './smtp-errors.ts';

const smtpError = (fields: object) => Object.assign(new Error('from nodemailer'), fields);

describe('the state of the mail server is an outage, never a failure of the message', () => {
  it.each([
    ['connection refused', { code: 'ESOCKET', errno: -111 }],
    ['closed connection', { code: 'ECONNECTION' }],
    ['timeout', { code: 'ETIMEDOUT' }],
    ['unknown host', { code: 'EDNS' }],
    ['421 while a message is handed over', { code: 'EENVELOPE', responseCode: 421 }],
    ['a sender that is not taken now', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 451 }],
    ['a full disk at the recipient', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 452 }],
    ['full queue at DATA', { code: 'EMESSAGE', responseCode: 452 }],
    ['refused credentials', { code: 'EAUTH', responseCode: 535 }],
    ['bad sequence of commands', { code: 'EENVELOPE', responseCode: 503 }],
    ['refused greeting', { code: 'EPROTOCOL', responseCode: 554 }],
    ['broken TLS', { code: 'ETLS' }],
  ])('%s', (_name, fields) => {
    const error = classifySmtpError(smtpError(fields), '<m>');
    expect(error).toBeInstanceOf(DependencyUnavailableError);
    expect(isUnreachable(error)).toBe(true);
  });
});

describe('a recipient that is not taken now waits alone', () => {
  it.each([[450], [451]])('%s', (responseCode) => {
    const greylisted = {
      code: 'EENVELOPE',
      command: 'RCPT TO',
      responseCode,
      response: `${responseCode} 4.7.1 greylisted`,
    };
    const error = classifySmtpError(smtpError(greylisted), '<m>');
    expect(error).toBeInstanceOf(RetryLaterError);
    expect(error).toMatchObject({ afterMs: 60_000, message: expect.stringContaining('greylisted') });
    expect(isUnreachable(error)).toBe(false);
  });
});

describe('a final refusal of the message is a failure, with the reason of the server', () => {
  it.each([
    ['unknown recipient', { code: 'EENVELOPE', responseCode: 550, response: '550 5.1.1 no such user' }],
    ['refused content', { code: 'EMESSAGE', responseCode: 554, response: '554 looks like spam' }],
    ['an address that fits no envelope', { code: 'EENVELOPE' }],
  ])('%s', (_name, fields) => {
    const error = classifySmtpError(smtpError(fields), '<m>');
    expect(error).toBeInstanceOf(MailRejectedError);
    expect(isUnreachable(error)).toBe(false);
    expect(error.message).toContain('response' in fields ? fields.response : 'from nodemailer');
  });
});

it('leaves an abort by the lease as it is', () => {
  const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
  expect(classifySmtpError(abort, '<m>')).toBe(abort);
});
