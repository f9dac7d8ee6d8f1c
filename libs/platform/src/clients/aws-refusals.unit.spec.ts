import { SetupError } from '../errors.ts';
import { explained } from './aws-refusals.ts';

const failing = (error: Error) => explained('look up queue q', () => Promise.reject(error));
const notFound = (hostname: string) => Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND', hostname });

test.each(['sqs.eu-nowhere-9.amazonaws.com', '123456789012.ddb.eu-nowhere-9.amazonaws.com'])(
  '%s, which nobody knows, is a region that AWS does not have',
  async (name) => {
    await expect(failing(notFound(name))).rejects.toThrow(SetupError);
    await expect(failing(notFound(name))).rejects.toThrow('no region eu-nowhere-9: could not look up queue q.');
  },
);

test.each(['sqs.eu-central-1.amazonaws.com', 'sqs.cn-north-1.amazonaws.com.cn', 'localstack'])(
  '%s, which cannot be looked up, is an outage',
  async (name) => {
    const error = notFound(name);
    await expect(failing(error)).rejects.toBe(error);
  },
);

test('a name server that does not answer is an outage, wherever it is asked for', async () => {
  const error = Object.assign(notFound('sqs.eu-nowhere-9.amazonaws.com'), { code: 'EAI_AGAIN' });
  await expect(failing(error)).rejects.toBe(error);
});

test('an endpoint of another region than the signature is a refusal that says so', async () => {
  const said = "Credential should be scoped to a valid region, not 'us-east-1'.";
  const refused = Object.assign(new Error(said), { name: 'InvalidSignatureException' });
  await expect(failing(refused)).rejects.toThrow(`AWS refuses to look up queue q: ${said} Check`);
});
