import { leakCheck } from '@atlas/testing';
import { csvOf } from './csv.domain.ts';

it('has a header and CRLF, also without rows', () => {
  expect(csvOf(['date', 'net_cents'], [])).toBe('date,net_cents\r\n');
  expect(csvOf(['date', 'net_cents'], [{ date: '2026-11-22', net_cents: -5 }])).toBe(
    'date,net_cents\r\n2026-11-22,-5\r\n',
  );
});

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['', ''],
])('%j is written as %j', (value, field) => {
  expect(csvOf(['sku'], [{ sku: value }])).toBe(`sku\r\n${field}\r\n`);
});

it('leaves out what is not known', () => {
  expect(csvOf(['a', 'b'], [{ a: null, b: 1 }])).toBe('a,b\r\n,1\r\n');
});

leakCheck();
