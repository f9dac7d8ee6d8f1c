import { createHmac, hash } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A POST to the root path of a service, without a query: what the JSON and query protocols of AWS send. */
export interface RootPost {
  /** Lower-case names; all of them are signed. `host` is one of them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers the headers of the request with its signature. */
export type RequestSigner = (request: RootPost, credentials: AwsCredentials, at: Date) => Record<string, string>;

/**
 * Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html) for the one kind of request
 * that Atlas sends by itself. The day's key is derived once, not for every request.
 */
export function createRequestSigner({ service, region }: { service: string; region: string }): RequestSigner {
  let known: { readonly of: string; readonly key: Buffer } | undefined;

  function keyFor(day: string, secret: string): Buffer {
    const of = `${day}/${secret}`;
    if (known?.of !== of) {
      const parts = [day, region, service, 'aws4_request'];
      known = { of, key: parts.reduce((key, part) => hmac(key, part).digest(), Buffer.from(`AWS4${secret}`)) };
    }
    return known.key;
  }

  return ({ headers, body }, { accessKeyId, secretAccessKey, sessionToken }, at) => {
    // 2026-11-22T08:37:00.123Z is written 20261122T083700Z.
    const time = `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    const day = time.slice(0, 8);
    const signed: Record<string, string> = { ...headers, 'x-amz-date': time };
    if (sessionToken !== undefined) signed['x-amz-security-token'] = sessionToken;
    const names = Object.keys(signed).sort();
    const list = names.join(';');
    const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
    const canonical = `POST\n/\n\n${lines}\n${list}\n${hash('sha256', body)}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = hmac(keyFor(day, secretAccessKey), text).digest('hex');
    signed['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
    return signed;
  };
}

function hmac(key: Buffer, text: string) {
  return createHmac('sha256', key).update(text);
}
