import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import { createOpenApiDocument } from './document.ts';
import type { Operation } from './operation.ts';
import { readerFiles, readerFolder, readerPage, readerScript } from './reader-files.ts';

/**
 * What the reader may load and ask: files and answers of this server, and the images inside its style sheet. The rest of
 * the API keeps its `default-src 'none'`.
 */
const readerPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/** `GET /openapi.json`, and `GET /docs`: a page to read it and try it out with one's own session. Both are open. */
export function openApiRoutes(operations: readonly Operation[]): Router {
  const router = Router();
  // Made when it is first asked for: a replica that nobody asks starts without it.
  let made: { text: string; etag: string } | undefined;
  router.get('/openapi.json', (_req, res) => {
    made ??= documentOf(operations);
    // Express answers 304 to who has this one.
    res.set({ 'cache-control': 'no-cache', etag: made.etag }).type('json').send(made.text);
  });

  router.get('/docs', readable, (_req, res) => void res.type('html').send(readerPage));
  router.get('/docs/reader.js', readable, (_req, res) => void res.type('js').send(readerScript));
  for (const file of readerFiles) {
    router.get(`/docs/${file}`, readable, (_req, res) => res.sendFile(file, { root: readerFolder() }));
  }
  return router;
}

function documentOf(operations: readonly Operation[]): { text: string; etag: string } {
  const text = JSON.stringify(createOpenApiDocument(operations));
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}

const readable: RequestHandler = (_req, res, next) => {
  res.set({ 'content-security-policy': readerPolicy, 'cache-control': 'no-cache' });
  next();
};
