import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { InvalidChangeError } from '../errors.ts';
import { order, packedSkus, revenue, skus } from '../projections.fixture.ts';
import { piecesOf } from './pieces.ts';
import { rowsOf } from './row-adds.ts';
import { decodeRow, encodeRow, keysOfDays, parseShardPartition, rowPartition, shardPartition } from './row-key.ts';

const eventOf = (envelope: ReturnType<typeof order>) => ({ eventKey: 'order.completed.v1' as const, envelope });
const lines = (count: number) => Array.from({ length: count }, (_, n) => [`sku-${n}`, 1, 100] as const);

describe('the key of a row', () => {
  it('holds any text, and gives it back', () => {
    const part = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (row) => {
        const encoded = encodeRow(row);
        expect(encoded.split('#')).toHaveLength(row.length);
        expect(decodeRow(encoded)).toEqual(row.map((text) => text.toWellFormed()));
      }),
    );
  });

  it('of another row is another one', () => {
    const row = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(row, row, (a, b) => expect(encodeRow(a) === encodeRow(b)).toBe(a[0] === b[0] && a[1] === b[1])),
    );
  });

  it('lies within its day, both ends included', () => {
    const { from, to } = keysOfDays('2026-11-22', '2026-11-23');
    for (const [day, within] of [
      ['2026-11-21', false],
      ['2026-11-22', true],
      ['2026-11-23', true],
      ['2026-11-24', false],
    ] as const) {
      for (const rest of ['', '!', '~~', '\u{10ffff}']) {
        const key = encodeRow([day, rest]);
        expect(key >= from && key <= to).toBe(within);
        expect(day >= from && day <= to).toBe(within);
      }
    }
  });
});

describe('the partition of a row', () => {
  it('says whose it is, of which build and shard, whatever a tenant calls itself', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('a@1.1', 'EVERYONE#a@1.1#0', 'a@1.1#0\n'));
    fc.assert(
      fc.property(fc.option(names, { nil: undefined }), fc.nat(63), (tenant, shard) => {
        const rows = rowPartition('a@1.10', tenant);
        expect(parseShardPartition(shardPartition(rows, shard))).toEqual({ rows, build: 'a@1.10', shard });
        expect(parseShardPartition(`${shardPartition(rows, shard)}x`)).toBeUndefined();
      }),
    );
  });
});

describe('the changes of an event', () => {
  it.each([
    [{ row: ['22.11.2026', 'EUR'], add: { a: 1 } }, 'begins with "22.11.2026"'],
    [{ row: ['2026-11-22'], add: { a: 1 } }, 'has 1 parts and not 2 (date, currency)'],
    [{ row: ['2026-11-22', 'x'.repeat(1000)], add: { a: 1 } }, 'longer than 1,000 bytes'],
    [{ row: ['2026-11-22', 'EUR'], add: { pk: 1, 'a b': 1 } }, '"a b" is not the name of a measure'],
    [{ row: ['2026-11-22', 'EUR'], add: { a: 0.5 } }, 'a is 0.5, which is not a safe integer'],
    [{ row: ['2026-11-22', 'EUR'], add: { a: NaN } }, 'a is NaN'],
    [{ row: ['2026-11-22', 'EUR'], add: { a: 10n ** 35n } }, 'which has more than 35 digits'],
    [{ row: ['2026-11-22', 'EUR'], add: { a: -(10n ** 35n) } }, 'which has more than 35 digits'],
  ])('%# are refused when they cannot be stored', (change, reason) => {
    expect(() => rowsOf([change], 't', revenue, 'revenue@1.1')).toThrow(reason);
    const broken = { ...revenue, project: () => [change] };
    expect(() => piecesOf(eventOf(order([])), broken, 'revenue@1.1')).toThrow(InvalidChangeError);
  });

  it('of one row are one', () => {
    const change = { row: ['2026-11-22', 'EUR'], add: { a: Number.MAX_SAFE_INTEGER, b: -1 } };
    expect(rowsOf([change, change], 't', { ...revenue, everyone: false }, 'revenue@1.1')).toEqual([
      {
        pk: 'TENANT#t#revenue@1.1',
        sk: '2026-11-22#EUR',
        add: new Map([
          ['a', 2n * BigInt(Number.MAX_SAFE_INTEGER)],
          ['b', -2n],
        ]),
      },
    ]);
  });

  it('may be none, and none at all of an event that the projection does not hear', () => {
    expect(piecesOf(eventOf(order([])), skus, 'skus@1.1')).toEqual([]);
    expect(piecesOf({ ...eventOf(order(lines(1))), eventKey: 'charge.failed.v1' }, skus, 'skus@1.1')).toEqual([]);
  });

  it('are cut where one transaction cannot take them, always in the same way', () => {
    const large = eventOf(order(lines(687)));
    const pieces = piecesOf(large, skus, 'skus@1.1');
    expect(pieces.map(({ mark }) => mark)).toEqual(Array.from({ length: 15 }, (_, n) => `skus@1.1#${n + 1}/15`));
    expect(pieces).toEqual(piecesOf(large, skus, 'skus@1.1'));
    expect(new Set(pieces.flatMap(({ rows }) => rows.map(({ sk }) => sk))).size).toBe(687);
    // 1,374 attributes in four items: none of them has more in one piece than an update expression takes.
    const packed = piecesOf(large, packedSkus, 'packed-skus@1.1');
    for (const { rows } of packed) for (const { add } of rows) expect(add.size).toBeLessThanOrEqual(150);
    expect(packed.flatMap(({ rows }) => rows.flatMap(({ add }) => [...add])).length).toBe(1_374);
  });
});

leakCheck();
