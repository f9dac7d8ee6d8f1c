import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { renderEnvFile } from './env-file.ts';

const values = fc.oneof(
  fc.string(),
  fc.json(),
  fc.webUrl(),
  fc.constantFrom(
    '',
    ' spaced ',
    'Atlas <no-reply@atlas.example>',
    '$HOME',
    '`id`',
    'a#b',
    "it's",
    '{"a":[1,"b"]}',
    '\\n',
  ),
);

describe('renderEnvFile', () => {
  it('is read back by Node as it was', () => {
    fc.assert(
      fc.property(values, (value) => {
        fc.pre(!value.includes("'") && !value.includes('\r') && !value.includes('\0'));
        expect(parseEnv(renderEnvFile({ VALUE: value }, 'comment'))).toEqual({ VALUE: value });
      }),
    );
  });

  it('puts a value with a single quote in double quotes', () => {
    const text = renderEnvFile({ VALUE: "it's here" }, 'comment');
    expect(text).toBe('# comment\nVALUE="it\'s here"\n');
    expect(parseEnv(text)).toEqual({ VALUE: "it's here" });
  });

  it.each(["it's $HOME", "it's `id`", 'it\'s "quoted"', "it's\nlong"])(
    'refuses %j, which no quoting suits',
    (value) => {
      expect(() => renderEnvFile({ NAME: value }, 'comment')).toThrow(
        expect.objectContaining({ code: 'UNQUOTABLE_VALUE', message: expect.stringContaining('NAME') }),
      );
    },
  );
});
