import { join } from 'node:path';
import { readSources } from '@atlas/state-audit';
import { parseCorrections } from './corrections.ts';
import type { Commit } from './evidence/history.ts';
import { htmlReport } from './report/html.ts';
import { humanReport } from './report/human.ts';
import { jsonReport } from './report/json.ts';
import { score } from './score.ts';

const sources = readSources(join(__dirname, '..', 'fixtures', 'monolith'));
const plain = { bold: (text: string) => text, dim: (text: string) => text };
const result = score(sources.files, sources.names);
const find = (name: string) => result.modules.find((m) => m.name === name)!;
const says = (proofs: readonly { says: string }[]) => proofs.map((p) => p.says).join('\n');

test('notifications come first and the core orders last', () => {
  expect(result.modules.map((m) => m.name)).toEqual([
    'notifications',
    'reports',
    'catalog',
    'accounts',
    'payments',
    'orders',
  ]);
  expect(find('notifications').score).toBeGreaterThan(3 * result.modules[1]!.score);
});

test('each score is the product of its factors, and every factor shows its lines', () => {
  for (const m of result.modules) {
    expect(m.score).toBeCloseTo((100 * m.domainClarity.value * m.asyncViability.value) / m.coupling.value);
    expect(m.asyncViability.proofs.length).toBeGreaterThan(0);
    for (const proof of [...m.domainClarity.proofs, ...m.asyncViability.proofs, ...m.coupling.proofs]) {
      const file = sources.files.find((f) => f.path === proof.file)!;
      expect(file.text.split('\n').length).toBeGreaterThanOrEqual(proof.line);
    }
  }
});

test('the reasons are those a reader finds', () => {
  expect(find('notifications').summary.join(' ')).toMatch(
    /None of the 5 calls to it needs its answer\. Nobody else changes its tables/,
  );
  expect(says(find('notifications').asyncViability.proofs)).toMatch(/sends mail/);
  expect(find('notifications').coupling).toMatchObject({ value: 1, proofs: [] });
  const reasons = says(find('orders').coupling.proofs);
  expect(reasons).toMatch(/one transaction writes .*products of catalog.*saga/);
  expect(reasons).toMatch(/one transaction writes .*payments of payments/);
  expect(reasons).toMatch(/payments writes orders/);
  expect(reasons).toMatch(/shared with payments/);
  expect(says(find('payments').asyncViability.proofs)).toMatch(/orders calls it: a step of its transaction/);
  expect(says(find('catalog').asyncViability.proofs)).toMatch(/orders calls it: its result is used/);
});

test('the events are proposed with the lines they take the place of', () => {
  const events = find('notifications').events.map((e) => `${e.from}: ${e.event}`);
  expect(events.sort()).toEqual([
    'accounts: account.registered',
    'orders: order.cancelled',
    'orders: order.completed',
    'orders: order.placed',
    'payments: payment.settled',
  ]);
  expect(find('reports').events.map((e) => e.instead.says)).toContain('reports keeps its own copy of payments');
});

test('what everybody uses and what starts the program is no candidate', () => {
  expect(result.shared.map((s) => s.name)).toEqual(['shared', 'start']);
});

test('modules that change together are coupled', () => {
  const commit = (...files: string[]): Commit => ({ id: 'c0ffee', subject: 'prices', files });
  const both = commit('src/catalog/catalog.service.js', 'src/reports/revenue.js');
  const alone = commit('src/notifications/mailer.js');
  const sweep = commit(...Array.from({ length: 50 }, () => 'src/notifications/mailer.js'), 'src/orders/numbers.js');
  const changed = score(sources.files, sources.names, {
    history: [both, both, both, both, alone, alone, alone, alone, sweep],
  });
  const of = (name: string) => changed.modules.find((m) => m.name === name)!.coupling;
  expect(of('catalog').value).toBeCloseTo(find('catalog').coupling.value + 2);
  expect(says(of('catalog').proofs)).toMatch(/4 of 4 commits changed reports as well/);
  expect(of('notifications').value).toBe(1);
});

test('a correction replaces a factor and says so; a module can be left out, and made of other files', () => {
  const corrections = parseCorrections(`
modules:
  notifications: { async_viability: { value: 0.1, reason: mails must be seen at once here } }
  reports: { leave_out: { reason: the data team rewrites it } }
  numbering: { files: { match: [src/orders/numbers.js], reason: used by the warehouse as well } }
  nothing: { coupling: { value: 2, reason: there is no such module } }
`);
  const changed = score(sources.files, sources.names, { corrections });
  const notifications = changed.modules.find((m) => m.name === 'notifications')!;
  expect(notifications.asyncViability).toMatchObject({
    value: 0.1,
    corrected: { reason: 'mails must be seen at once here' },
  });
  expect(notifications.asyncViability.corrected!.computed).toBeCloseTo(find('notifications').asyncViability.value);
  expect(changed.shared).toContainEqual(expect.objectContaining({ name: 'reports', why: 'the data team rewrites it' }));
  expect(changed.modules.find((m) => m.name === 'numbering')?.files).toEqual(['src/orders/numbers.js']);
  expect(changed.warnings.join()).toMatch(/"nothing"/);
  expect(humanReport(changed, plain)).toMatch(/corrected from 0\.\d\d: mails must be seen at once here/);
});

test('the same code gives the same answer, in whatever order the files come', () => {
  expect(score([...sources.files].reverse(), sources.names)).toEqual(result);
});

test('reports: a sentence first, a picture without scripts, JSON that programs read', () => {
  expect(humanReport(result, plain).split('\n')[0]).toMatch(/^Extract notifications first\. None of the 5 calls/);
  expect(humanReport(result, plain, 'catalog')).toMatch(/^3\. catalog/);
  const html = htmlReport(result, '<shop>');
  expect(html).toMatch(/<svg[^]*notifications[^]*<\/svg>/);
  expect(html).not.toMatch(/<script|https?:\/\/|<shop>/);
  expect(html).not.toMatch(/NaN|undefined/);
  expect(JSON.parse(jsonReport(result))).toMatchObject({ version: 1, first: 'notifications' });
});

test('a folder without modules is no mistake', () => {
  expect(humanReport(score([{ path: 'index.js', text: 'export const a = 1;' }], sources.names), plain)).toMatch(
    /No module/,
  );
});

test('a correction of what is not there is said, also when it leaves out', () => {
  const why = 'it is a page of the office';
  const warnings = (yaml: string) =>
    score(sources.files, sources.names, { corrections: parseCorrections(yaml) }).warnings;
  expect(warnings(`modules: {report: {leave_out: {reason: ${why}}}}`)).toEqual([
    expect.stringMatching(/"report", which is no module here: .*reports/),
  ]);
  expect(warnings(`modules: {reports: {leave_out: {reason: ${why}}}}`)).toEqual([]);
});
