import { createLogger } from '@atlas/platform';
import nodemailer from 'nodemailer';
import type { SendMailOptions } from 'nodemailer';
import { createSink } from './sink.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** A started sink on free ports, with the few requests that its tests repeat. */
export async function startSink(dir?: string) {
  const logger = createLogger({ service: 'sink', level: 'silent' });
  const sink = createSink({ dir, httpPort: 0, smtpPort: 0, logger, clock: () => new Date() });
  const { url, smtpUrl } = await sink.start();
  const send = async (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    ...sink,
    url,
    smtpUrl,
    get: async (path: string) => (await fetch(`${url}${path}`)).json() as Promise<Json>,
    text: async (path: string) => (await fetch(`${url}${path}`)).text(),
    post: async (path: string, body: unknown) => (await send('POST', path, body)).json() as Promise<Json>,
    put: (path: string, body: unknown) => send('PUT', path, body),
    mail: (message: SendMailOptions) => sendMail(smtpUrl, message),
  };
}

/** Sends one mail over a connection of its own; rejects as nodemailer does. */
export async function sendMail(smtpUrl: string, message: SendMailOptions) {
  const transport = nodemailer.createTransport(smtpUrl);
  try {
    return await transport.sendMail({ from: 'no-reply@atlas.example', text: 'hello', ...message });
  } finally {
    transport.close();
  }
}
