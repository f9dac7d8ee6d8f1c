import { leakCheck } from '@atlas/testing';
import { declarationsOf } from './declarations.ts';
import { defineProjection } from './projection.domain.ts';
import { charges, packedSkus, revenue, skus } from './projections.fixture.ts';
import { projectionTables } from './tables.ts';

describe('a declaration that cannot work is refused where it is written', () => {
  it.each([
    [{ name: 'Revenue Daily' }, 'its name is not in kebab-case'],
    [{ table: 'a_b' }, 'its table is not in kebab-case'],
    [{ version: 0 }, 'its version is not 1, 2, 3, …'],
    [{ events: [] }, 'it hears no event, or one twice'],
    [{ dimensions: ['sku', 'date'] }, 'its first dimension is not "date"'],
    [{ dimensions: ['date', 'sku', 'sku'] }, 'a dimension has the name of another'],
    [{ shards: 65 }, 'it has not 1 to 64 shards'],
    [{ packed: 1 }, 'it is not packed into 2 to 256 items'],
    [{ packed: 2, dimensions: ['date'] }, 'it has only the date, which cannot be packed'],
  ])('%j', (mistake, reason) => {
    expect(() => defineProjection({ ...revenue, ...mistake })).toThrow(reason);
  });
});

describe('declarations', () => {
  it('are found by build, and by name in their newest version', () => {
    const second = { ...revenue, version: 2 };
    const all = declarationsOf([revenue, second, skus]);
    expect(all.ofBuild('revenue@1.7')).toBe(revenue);
    expect(all.ofBuild('revenue@2.1')).toBe(second);
    expect(all.newest('revenue')).toBe(second);
    expect(() => all.ofBuild('revenue@3.1')).toThrow(TypeError);
    expect(() => all.newest('nothing')).toThrow(TypeError);
  });

  it('go together, or are refused', () => {
    expect(() => declarationsOf([revenue, revenue])).toThrow('revenue 1 is declared twice');
    expect(() => declarationsOf([revenue, { ...skus, table: revenue.table }])).toThrow('the same table');
    for (const other of [{ dimensions: ['date'] }, { everyone: false }, { table: 'elsewhere' }, { packed: 4 }]) {
      expect(() => declarationsOf([revenue, { ...revenue, version: 2, ...other }])).toThrow('a name of its own');
    }
  });

  it('say which tables there must be, each once', () => {
    const tables = projectionTables('atlas', [revenue, { ...revenue, version: 2 }, packedSkus, charges]);
    expect(tables.map(({ table }) => table.TableName)).toEqual([
      ...['atlas-reporting-journal', 'atlas-reporting-marks', 'atlas-reporting-projections'],
      ...['atlas-test-revenue', 'atlas-test-packed-skus', 'atlas-test-charges'],
    ]);
  });
});

leakCheck();
