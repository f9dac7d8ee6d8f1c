import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leakCheck, routesOf } from '@atlas/testing';
import express, { type RequestHandler } from 'express';
import { routerFor } from './router-for.ts';

let server: Server;
let url: string;
/** What the router was asked, whether it has a route for it or not. */
let tried: string[] = [];

const docs = routerFor(['/docs', '/guide/start']);
const say =
  (text: string): RequestHandler =>
  (req, res) =>
    void res.send(`${text} ${req.path}`);

docs.use((req, _res, next) => {
  tried.push(req.path);
  next();
});
docs.get('/docs', say('docs'));
docs.get('/docs/:page', say('page'));
docs.use('/guide/start', say('start'));
const app = express().use(docs).use(say('behind'));

beforeAll(async () => {
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  tried = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = async (path: string) => (await fetch(url + path)).text();

it.each([
  ['/docs', 'docs /docs'],
  ['/docs/', 'docs /docs/'],
  ['/docs?page=2', 'docs /docs'],
  ['/Docs', 'docs /Docs'],
  ['/docs/orders', 'page /docs/orders'],
  ['/guide/start/here', 'start /here'],
])('answers %s', async (path, answer) => {
  expect(await ask(path)).toBe(answer);
});

it.each(['/docs/a/b', '/guide', '/guide/end'])('passes %s on, which none of its routes is for', async (path) => {
  expect(await ask(path)).toBe(`behind ${path}`);
  expect(tried).toEqual([path]);
});

it.each(['/', '/orders', '/docs2', '/orders/docs', '/%64ocs', '//docs'])('does not try %s', async (path) => {
  expect(await ask(path)).toBe(`behind ${path}`);
  expect(tried).toEqual([]);
});

it('has its routes in the list of all routes', () => {
  expect(routesOf(app).map(({ path }) => path)).toEqual(['/docs', '/docs/:page']);
});

leakCheck();
