import { annotateContext, runWithContext } from './context.ts';
import { createLogger } from './logger.ts';
import { newTraceparent, traceIdOf } from './traceparent.ts';

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: createLogger({ service: 'gateway', level, destination }) };
}

describe('createLogger', () => {
  it('writes the service, the level by name and an ISO time', () => {
    const { lines, logger } = capture();
    logger.info({ order_id: '1' }, 'completed');
    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', service: 'gateway', msg: 'completed', order_id: '1' }),
    ]);
    expect(new Date(String(lines[0]?.time)).toISOString()).toBe(lines[0]?.time);
    expect(lines[0]).not.toHaveProperty('correlation_id');
  });

  it('adds the ids of the work in hand, also across awaits and to child loggers', async () => {
    const { lines, logger } = capture();
    const traceparent = newTraceparent();
    await runWithContext({ correlationId: 'c-1', causationId: 'r-1', traceparent }, async () => {
      await Promise.resolve();
      annotateContext({ tenantId: 't-1', userId: 'u-1' });
      logger.child({ queue: 'q' }).warn('slow');
    });
    expect(lines[0]).toMatchObject({
      correlation_id: 'c-1',
      trace_id: traceIdOf(traceparent),
      tenant_id: 't-1',
      queue: 'q',
    });
  });

  it('keeps two requests at the same time apart', async () => {
    const { lines, logger } = capture();
    const request = (correlationId: string, tenantId: string) =>
      runWithContext({ correlationId, causationId: 'r', traceparent: '' }, async () => {
        annotateContext({ tenantId });
        await Promise.resolve();
        logger.info('x');
      });
    await Promise.all([request('c-1', 't-1'), request('c-2', 't-2')]);
    expect(lines.map(({ correlation_id, tenant_id }) => [correlation_id, tenant_id])).toEqual([
      ['c-1', 't-1'],
      ['c-2', 't-2'],
    ]);
  });

  it('hides what must not be in a log, at three depths', () => {
    const { lines, logger } = capture();
    logger.info({
      password: 'hunter2',
      body: { secret: 'hunter2', name: 'kept' },
      req: { headers: { cookie: 'hunter2', authorization: 'hunter2', 'set-cookie': 'hunter2' } },
    });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({ body: { name: 'kept' } });
  });

  it('describes an error with its causes and nothing of what clients hang on it', () => {
    const { lines, logger } = capture();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', command: { args: ['hunter2'] } });
    logger.error({ err: new Error('not saved', { cause }) }, 'failed');
    const err = lines[0]?.err as Record<string, unknown>;
    expect(err).toMatchObject({ type: 'Error', message: 'not saved', cause: { code: 'ECONNREFUSED' } });
    expect(err.stack).toContain('logger.unit.spec');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('describes thrown values that are no errors, and causes in a circle', () => {
    const { lines, logger } = capture();
    const circle = new Error('circle');
    circle.cause = circle;
    logger.error({ err: 'text' });
    logger.error({ err: circle });
    logger.error({ err: new AggregateError([new Error('one'), null], 'many') });
    expect(lines.map(({ err }) => (err as { message: string }).message)).toEqual(['text', 'circle', 'many']);
    expect(lines[2]).toMatchObject({ err: { errors: [{ message: 'one' }, { message: 'null' }] } });
  });

  it('keeps to its level', () => {
    const { lines, logger } = capture('warn');
    logger.info('not this');
    logger.warn('this');
    expect(lines.map(({ msg }) => msg)).toEqual(['this']);
  });
});
