import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { openBrowser } from '@atlas/testing/browser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startSystem, type System } from '../src/index.ts';
import { createVisitors, type Send } from './described-visitors.ts';

const password = 'correct horse battery staple';
const owner = { email: 'owner@reports.example', password };
const neighbour = { email: 'neighbour@reports.example', password };
const patient = { timeoutMs: 60_000, everyMs: 250 };

/** What a person sees who types the address of a page, with every hop between the browser and the projections. */
describe('the reports in a browser', () => {
  let system: System;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-reports-page-'));
    system = await startSystem({ dir, mode: 'test', temporary: true, apps: ['gateway', 'reporting'] });
    url = system.env['GATEWAY_URL']!;
    browser = await openBrowser({ hosts: ['atlas.test'] });
    const visitor = await createVisitors(url);
    const orders = [
      { currency: 'EUR', lines: [{ sku: 'tea', qty: 2, unit_price: '4.95' }] },
      { currency: 'EUR', lines: [{ sku: 'cup', qty: 1, unit_price: '1234.56' }] },
      { currency: 'JPY', lines: [{ sku: 'pot', qty: 3, unit_price: '500' }] },
    ];
    await sell(visitor(), { ...owner, orders });
    await sell(visitor(), {
      ...neighbour,
      orders: [{ currency: 'CHF', lines: [{ sku: 'x', qty: 1, unit_price: '7.77' }] }],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await system.stop();
  }, 60_000);

  async function sell(send: Send, of: { email: string; password: string; orders: readonly object[] }): Promise<void> {
    const account = { tenant_name: 'T', user_name: 'Ada', email: of.email, password: of.password };
    expect((await send('POST', '/tenants', account)).status).toBe(201);
    for (const order of of.orders) {
      const { body } = await send('POST', '/orders', order);
      expect((await send('POST', `/orders/${body.order_id}/complete`)).status).toBe(200);
    }
  }

  /** A window of its own; `complaints` is what the browser says, refusals by a policy among them. */
  async function open(scheme: 'light' | 'dark', width: number) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const { url: place } = message.location();
      // The icon of a picture that is opened by itself; a form that was filled in wrongly.
      const isExpected = place.endsWith('/favicon.ico') || place.endsWith('/sign-in');
      if (message.type() === 'error' && !isExpected) complaints.push(message.text());
    });
    return { context, page, complaints };
  }

  async function signIn(page: Page, account: { email: string; password: string }): Promise<void> {
    await page.getByLabel('E-mail address').fill(account.email);
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Loads the page again until it shows this. */
  const shows = (page: Page, text: string) =>
    eventually(async () => {
      await page.reload();
      return (await page.locator('main').innerText()).replaceAll('\u00a0', ' ').includes(text);
    }, patient);

  const csvOf = async (context: BrowserContext, page: Page) =>
    (
      await context.request.get(url + (await page.getByRole('link', { name: 'CSV' }).first().getAttribute('href'))!)
    ).text();

  test('who types the address signs in and is there, with their own figures to the cent', async () => {
    const { context, page, complaints } = await open('dark', 390);
    await page.goto(`${url}/reports?interval=day`);
    expect(await page.title()).toBe('Sign in · Atlas');
    await signIn(page, { ...owner, password: 'not this one' });
    expect(await page.getByRole('alert').innerText()).toMatch(/no account with this e-mail address and password/);
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(owner.email);
    await signIn(page, owner);
    expect(page.url()).toBe(`${url}/reports?interval=day`);

    await shows(page, '€1,244.46');
    await shows(page, '¥1,500');
    expect(await page.locator('body').innerText()).not.toContain('CHF');
    const loaded = await page
      .locator('picture img')
      .evaluateAll((images) => images.map((image) => image.naturalWidth > 0));
    expect(loaded).toEqual([true, true, true]);
    expect(await csvOf(context, page)).toContain(',EUR,124446,2,62223');

    await page.getByRole('link', { name: 'Picture' }).first().click();
    expect(await page.locator('svg > text').allTextContents()).toEqual(expect.arrayContaining(['EUR', 'JPY']));
    // Its own style is let through by both policies: without it all text would be black, on dark.
    expect(await page.evaluate("getComputedStyle(document.querySelector('svg > text')).fill")).toBe(
      'rgb(232, 237, 243)',
    );

    await page.goBack();
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.title()).toBe('Sign in · Atlas');
    await page.goto(`${url}/reports`);
    expect(await page.title()).toBe('Sign in · Atlas');
    expect(complaints).toEqual([]);
    await context.close();
  }, 120_000);

  test('an operator sees all workspaces together, or one of them', async () => {
    const { context, page, complaints } = await open('light', 1200);
    await page.goto(`${url}/sign-in?return_to=//elsewhere.example`);
    await signIn(page, { email: system.env['OPERATOR_EMAIL']!, password: system.env['OPERATOR_PASSWORD']! });
    expect(page.url()).toBe(`${url}/operator/reports`);
    await shows(page, 'CHF 7.77');
    await shows(page, '€1,244.46');
    await page.getByLabel('Workspace').fill('nobody');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.locator('h1').innerText()).toBe('Reports of the workspace nobody');
    expect(await page.locator('.figures').count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  }, 120_000);

  test('also where a browser does not say from which site a form comes: over plain http from another machine', async () => {
    const { context, page } = await open('light', 800);
    await page.goto(`${url.replace('127.0.0.1', 'atlas.test').replace('localhost', 'atlas.test')}/reports`);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await signIn(page, neighbour);
    expect(await (await sent).allHeaders()).not.toHaveProperty('sec-fetch-site');
    expect(new URL(page.url()).pathname).toBe('/reports');
    await shows(page, 'CHF 7.77');
    await context.close();
  }, 120_000);
});
