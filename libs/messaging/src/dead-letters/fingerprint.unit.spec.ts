import { fingerprintOf, normalisedFrames, stackDigest } from './fingerprint.ts';

const onDisk = `TypeError: x is not a function
    at sendMail (/work/atlas/apps/notification/src/mail/send-mail.ts:12:34)
    at async Object.onOrderCompleted [as handle] (file:///work/atlas/apps/notification/src/order-completed/order-completed.handler.ts:8:5)
    at Socket.emit (node:events:518:28)
    at /work/atlas/node_modules/nodemailer/lib/smtp-connection/index.js:800:20
    at new Transport (/work/atlas/node_modules/nodemailer/lib/mailer.js:1:1)`;

describe('normalised frames', () => {
  it('name function and file, without lines, folders of installation and frames of Node', () => {
    expect(normalisedFrames(onDisk)).toEqual([
      'sendMail apps/notification/src/mail/send-mail.ts',
      'Object.onOrderCompleted [as handle] apps/notification/src/order-completed/order-completed.handler.ts',
      '(anonymous) nodemailer/lib/smtp-connection/index.js',
      'new Transport nodemailer/lib/mailer.js',
    ]);
  });

  it('are none for what has no stack', () => {
    expect(normalisedFrames(undefined)).toEqual([]);
    expect(normalisedFrames('Error: at first\nat last')).toEqual([]);
  });
});

describe('the fingerprint', () => {
  const error = { errorClass: 'TypeError', code: undefined, stack: onDisk };
  const elsewhere = onDisk
    .replaceAll('/work/atlas', '/srv/app')
    .replaceAll(/:\d+:\d+/g, ':7:7')
    .replace('x is', 'y is');

  it('is the same on another machine, in another release, with another message', () => {
    expect(fingerprintOf({ ...error, stack: elsewhere })).toBe(fingerprintOf(error));
    expect(stackDigest(elsewhere)).toBe(stackDigest(onDisk));
  });

  it('differs by class, by code, and by place', () => {
    const others = [
      { ...error, errorClass: 'RangeError' },
      { ...error, code: 'E_FULL' },
      { ...error, stack: onDisk.replace('sendMail', 'renderMail') },
    ];
    expect(new Set([error, ...others].map(fingerprintOf)).size).toBe(4);
  });

  it('has 12 hex digits', () => {
    expect(fingerprintOf({ errorClass: '' })).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is the same for two errors that were really thrown at one place', () => {
    const thrown = [1, 2].map((n) => {
      try {
        throw new RangeError(`number ${n}`);
      } catch (caught) {
        return caught as Error;
      }
    });
    const [a, b] = thrown.map(({ name, stack }) => fingerprintOf({ errorClass: name, stack }));
    expect(a).toBe(b);
  });
});
