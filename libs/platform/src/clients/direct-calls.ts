import { type AwsCredentials, createRequestSigner, type RequestSigner } from './sign-request.ts';

/** How one operation is put into HTTP and back. */
export interface DirectOperation {
  readonly headers: Readonly<Record<string, string>>;
  /** The body of the request, or undefined for an input that is better left to the SDK. */
  write(input: object): string | undefined;
  /** The output that the text of a 200 stands for. */
  read(text: string): object;
}

export interface DirectCallsOptions {
  /** The name that signatures carry: `sqs`, `sns`, `dynamodb`. */
  readonly service: string;
  /** By the class of the command. Not by its name: those of DynamoDB and of its document client are called the same. */
  readonly operations: DirectOperations;
}

export type DirectOperations = ReadonlyMap<unknown, DirectOperation>;

interface SendOptions {
  readonly abortSignal?: AbortSignal;
  readonly requestTimeout?: number;
}

type Send = (command: { readonly input: object }, options?: SendOptions) => Promise<object>;

/** What every client of the AWS SDK has. */
interface SdkClient {
  readonly config: {
    credentials(): Promise<AwsCredentials>;
    region(): Promise<string>;
    readonly systemClockOffset: number;
    readonly requestHandler: {
      handle(request: HttpRequest, options?: SendOptions): Promise<{ response: HttpAnswer }>;
    };
  };
  readonly middlewareStack: {
    add(middleware: unknown, options: { step: 'finalizeRequest'; priority: 'low'; name: string }): void;
  };
  send: unknown;
}

interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
}

interface HttpRequest extends Address {
  readonly method: string;
  readonly query: Record<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: NodeJS.ReadableStream;
}

/**
 * Lets a client of the AWS SDK send its busiest operations without the SDK's middleware, which costs two thirds of the
 * CPU of a call (docs/adr/0007): endpoint rules, schemas, user agent and signature are worked out anew for each.
 *
 * Only a call that goes well is made this way. Where the service answers anything but 200, or the connection breaks, the
 * command is sent once more by the SDK, which knows about repetition, clocks that are wrong, and typed errors. Timeouts
 * and aborts are the caller's, as they are with the SDK. Connections, credentials and the address are the SDK's own; the
 * address is known from the first call on, which the SDK therefore makes.
 */
export function withDirectCalls<C>(client: C, { service, operations }: DirectCallsOptions): C {
  const sdk = client as SdkClient;
  const sendBySdk = (sdk.send as Send).bind(sdk);
  let signer: RequestSigner | undefined;
  let known: { readonly address: Address; readonly host: string } | undefined;

  const learnAddress = (next: (args: { request: HttpRequest }) => unknown) => (args: { request: HttpRequest }) => {
    const { protocol, hostname, port, path, headers } = args.request;
    known =
      path === '/' && headers['host']
        ? { address: { protocol, hostname, port, path }, host: headers['host'] }
        : undefined;
    return next(args);
  };
  sdk.middlewareStack.add(learnAddress, { step: 'finalizeRequest', priority: 'low', name: 'learnAddress' });

  const send: Send = async (command, options) => {
    const operation = operations.get(command.constructor);
    const body = known && operation?.write(command.input);
    if (known === undefined || operation === undefined || body === undefined) return sendBySdk(command, options);
    signer ??= createRequestSigner({ service, region: await sdk.config.region() });
    const request = await signed(sdk, signer, known, { headers: operation.headers, body });
    let text: string | undefined;
    try {
      text = await textOf200(sdk, request, options);
    } catch (error) {
      if (!isBrokenConnection(error)) throw error;
    }
    if (text === undefined) return sendBySdk(command, options);
    return { ...operation.read(text), $metadata: { httpStatusCode: 200, attempts: 1 } };
  };
  sdk.send = send;
  return client;
}

async function signed(
  { config }: SdkClient,
  sign: RequestSigner,
  { address, host }: { address: Address; host: string },
  { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
): Promise<HttpRequest> {
  const at = new Date(Date.now() + config.systemClockOffset);
  const signature = sign({ headers: { ...headers, host }, body }, await config.credentials(), at);
  signature['content-length'] = String(Buffer.byteLength(body));
  return { ...address, method: 'POST', query: {}, headers: signature, body };
}

async function textOf200(sdk: SdkClient, request: HttpRequest, options?: SendOptions): Promise<string | undefined> {
  const { response } = await sdk.config.requestHandler.handle(request, options);
  const text = await textOf(response.body);
  return response.statusCode === 200 ? text : undefined;
}

function textOf(body: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString('utf8')));
    body.on('error', reject);
  });
}

function isBrokenConnection(error: unknown): boolean {
  return ['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}
