import { z } from 'zod';
import { signInPaths } from '../../sign-in/sign-in.routes.ts';
import { operation } from './operation.ts';
import { readerFiles } from './reader-files.ts';

const page = z.string().meta({ description: 'A page for browsers.' });

/** The description describes itself. */
export const openApiOperations = [
  operation({
    id: 'getOpenApi',
    method: 'get',
    path: '/openapi.json',
    tag: 'Description',
    summary: 'Read this description',
    access: 'anybody',
    responses: {
      200: { description: 'An OpenAPI 3.1 document.', body: z.looseObject({ openapi: z.literal('3.1.0') }) },
    },
  }),
  operation({
    id: 'getDocs',
    method: 'get',
    path: '/docs',
    tag: 'Description',
    summary: 'Read this description as a page',
    access: 'anybody',
    responses: { 200: { description: 'The page.', contentType: 'text/html', body: page } },
  }),
];

/** What pages load, and where people sign in: routes of the app, and nothing that a client of the API would call. */
export const undescribedPaths: readonly string[] = [
  ...['reader.js', ...readerFiles].map((file) => `/docs/${file}`),
  ...signInPaths,
];
