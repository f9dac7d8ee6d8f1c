import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { environmentFields, integer, list } from './environment-fields.ts';
import { loadConfig, type Environment } from './load-config.ts';

const schema = z.object({
  DATABASE_URL: environmentFields.DATABASE_URL,
  GATEWAY_PORT: environmentFields.GATEWAY_PORT,
  SESSION_SECRETS: environmentFields.SESSION_SECRETS,
  QUEUE_WAIT_SECONDS: environmentFields.QUEUE_WAIT_SECONDS,
  OTEL_EXPORTER_OTLP_ENDPOINT: environmentFields.OTEL_EXPORTER_OTLP_ENDPOINT,
  LOG_LEVEL: environmentFields.LOG_LEVEL,
});

const right = {
  DATABASE_URL: 'postgres://atlas:hunter2@127.0.0.1:5432/atlas',
  GATEWAY_PORT: '4000',
  SESSION_SECRETS: 'a-long-random-string, the-previous-one ',
};

function reportOf(env: Environment, of: z.ZodType = schema): string {
  try {
    loadConfig(of, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('loadConfig', () => {
  it('reads numbers, lists and defaults', () => {
    expect(loadConfig(schema, { ...right, SOMETHING_ELSE: 'x' })).toEqual({
      DATABASE_URL: right.DATABASE_URL,
      GATEWAY_PORT: 4000,
      SESSION_SECRETS: ['a-long-random-string', 'the-previous-one'],
      QUEUE_WAIT_SECONDS: 20,
      LOG_LEVEL: 'info',
    });
  });

  it('reports everything that is wrong at once, each with an example', () => {
    expect(reportOf({ GATEWAY_PORT: 'abc', SESSION_SECRETS: 'short', LOG_LEVEL: 'loud' })).toBe(
      [
        'The configuration cannot be used. 4 variables of the environment must be corrected:',
        '',
        '  DATABASE_URL     is missing',
        '                   for example  DATABASE_URL=postgres://atlas:atlas@127.0.0.1:5432/atlas',
        '  GATEWAY_PORT     is "abc": must be a whole number from 0 to 65535',
        '                   for example  GATEWAY_PORT=4000',
        '  SESSION_SECRETS  is set (value hidden): each secret must have 16 characters or more',
        '                   for example  SESSION_SECRETS=a-long-random-string,the-previous-one',
        '  LOG_LEVEL        is "loud": invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent"',
        '                   for example  LOG_LEVEL=info',
      ].join('\n'),
    );
  });

  it('takes an empty string for a missing variable', () => {
    expect(reportOf({ ...right, DATABASE_URL: '' })).toContain('DATABASE_URL  is missing');
    expect(loadConfig(schema, { ...right, LOG_LEVEL: '' }).LOG_LEVEL).toBe('info');
  });

  it('never shows a secret: neither a variable that is one, nor the password in a URL', () => {
    const secret = z.object({
      API_TOKEN: z.string().min(50),
      DATABASE_URL: environmentFields.REDIS_URL,
      PIN: integer({ min: 0, max: 9999, example: '1234' }).meta({ secret: true, example: '1234' }),
    });
    const report = reportOf({ API_TOKEN: 'hunter2', DATABASE_URL: right.DATABASE_URL, PIN: 'hunter2' }, secret);
    expect(report).not.toContain('hunter2');
    expect(report).toContain('is "postgres://***@127.0.0.1:5432/atlas"');
  });

  it('reports a rule over several variables', () => {
    const pair = z
      .object({ OPERATOR_EMAIL: z.string().optional(), OPERATOR_PASSWORD: z.string().optional() })
      .refine((env) => !env.OPERATOR_EMAIL === !env.OPERATOR_PASSWORD, {
        path: ['OPERATOR_PASSWORD'],
        message: 'must be set together with OPERATOR_EMAIL',
      });
    expect(reportOf({ OPERATOR_EMAIL: 'a@b.c' }, pair)).toContain(
      'OPERATOR_PASSWORD  must be set together with OPERATOR_EMAIL',
    );
  });

  it('lets a mistake of the schema pass through as what it is', () => {
    const broken = z.object({}).transform(() => {
      throw new RangeError('bug');
    });
    expect(() => loadConfig(broken, {})).toThrow(RangeError);
  });
});

describe('fields', () => {
  it.each(['-1', '65536', '1.5', '0x10', '1e3', ' 1'])('refuse the port %p', (value) => {
    expect(environmentFields.GATEWAY_PORT.safeParse(value).success).toBe(false);
  });

  it.each(['http://127.0.0.1', 'postgres', '//host', '127.0.0.1:6379'])('refuse the Redis URL %p', (value) => {
    expect(environmentFields.REDIS_URL.safeParse(value).success).toBe(false);
  });

  it('refuse an empty list', () => {
    expect(list('a').safeParse(' , ').success).toBe(false);
  });
});
