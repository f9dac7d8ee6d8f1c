import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { createRequestSigner } from './sign-request.ts';

describe('the signature of a request', () => {
  const region = 'eu-central-1';
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const headers = { host: 'sqs.eu-central-1.amazonaws.com', 'content-type': 'application/x-amz-json-1.0' };
  const days = [
    new Date('2026-11-22T08:37:00.123Z'),
    new Date('2026-01-01T00:00:00.000Z'),
    new Date('2026-11-22T08:37:01Z'),
  ];

  it.each([
    ['long-lived keys', keys],
    ['the keys of a role', { ...keys, sessionToken: 'IQoJb3JpZ2luX2VjE+//token==' }],
  ])("is the SDK's own, with %s", async (_name, credentials) => {
    const sign = createRequestSigner({ service: 'sqs', region });
    for (const at of days) {
      for (const body of ['{}', JSON.stringify({ QueueUrl: 'x', text: 'Grüße, 你好, 🚀' })]) {
        const ours = sign(
          { headers: { ...headers, 'x-amz-target': 'AmazonSQS.ReceiveMessage' }, body },
          credentials,
          at,
        );
        const { authorization, ...signedHeaders } = ours;
        expect(authorization).toBe(await signedBySdk(credentials, at, signedHeaders, body));
      }
    }
  });

  it('follows keys that change', () => {
    const sign = createRequestSigner({ service: 'sqs', region });
    const of = (secretAccessKey: string) =>
      sign({ headers, body: '{}' }, { ...keys, secretAccessKey }, days[0]!)['authorization'];
    const [first, second] = [of('one'), of('two')];
    expect(second).not.toBe(first);
    expect(of('one')).toBe(first);
  });

  async function signedBySdk(credentials: typeof keys, at: Date, signed: Record<string, string>, body: string) {
    const signer = new SignatureV4({
      service: 'sqs',
      region,
      credentials,
      sha256: Sha256 as never,
      applyChecksum: false,
    });
    const request = {
      method: 'POST',
      protocol: 'https:',
      hostname: headers.host,
      path: '/',
      query: {},
      headers: signed,
      body,
    };
    const answer: unknown = await signer.sign(request as never, { signingDate: at });
    return (answer as { headers: Record<string, string> }).headers['authorization'];
  }
});

class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: Uint8Array | string) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}
