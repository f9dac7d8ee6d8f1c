import { PoisonMessageError } from '@atlas/event-contracts';
import { DependencyUnavailableError } from '@atlas/platform';
import {
  ConsumerStoppingError,
  DomainRejectionError,
  EffectHeldError,
  LeaseLostError,
  RetryLaterError,
} from '../errors.ts';
import { verdictOf } from './verdict.ts';

const inHand = { lost: undefined, abortedBy: undefined };
const kindOf = (error: unknown, message: Parameters<typeof verdictOf>[0] = inHand) => verdictOf(message, error).kind;

describe('the verdict on what a handler threw', () => {
  it.each([
    ['an error', new Error('x'), 'failed'],
    ['something that is no error', 'x', 'failed'],
    ['nothing', undefined, 'failed'],
    ['a rejection of the domain', new DomainRejectionError('x'), 'rejected'],
    [
      'a rejection in the causes',
      new Error('x', { cause: new Error('y', { cause: new DomainRejectionError('z') }) }),
      'rejected',
    ],
    ['poison that the handler found', new PoisonMessageError('SCHEMA_VIOLATION', 'x'), 'rejected'],
    ['an outage', new DependencyUnavailableError('redis'), 'outage'],
    [
      'an outage in the causes',
      new Error('x', { cause: Object.assign(new Error('y'), { code: 'ECONNREFUSED' }) }),
      'outage',
    ],
    ['an effect that another runs', new EffectHeldError('key', 100), 'held'],
    ['a lost lease', new LeaseLostError('key'), 'lost'],
    [
      'a lost lease because of an outage',
      new LeaseLostError('key', { cause: new DependencyUnavailableError('redis') }),
      'lost',
    ],
  ])('%s', (_name, error, kind) => {
    expect(kindOf(error)).toBe(kind);
  });

  it('keeps the rejection itself as the reason', () => {
    const reason = new DomainRejectionError('no lines');
    expect(verdictOf(inHand, new Error('x', { cause: reason }))).toEqual({ kind: 'rejected', reason });
  });

  it('says for how long an effect is held', () => {
    expect(verdictOf(inHand, new EffectHeldError('key', 1234))).toEqual({ kind: 'held', leftMs: 1234 });
  });

  it('waits with one message when the handler asks for it, also because of an outage elsewhere', () => {
    const later = new RetryLaterError('greylisted', 60_000, { cause: new DependencyUnavailableError('smtp') });
    expect(verdictOf(inHand, later)).toEqual({ kind: 'held', leftMs: 60_000 });
  });

  it('blames an abort of ours on nobody, whatever the handler made of it', () => {
    const abort = new DOMException('This operation was aborted', 'AbortError');
    expect(kindOf(abort, { ...inHand, abortedBy: new ConsumerStoppingError() })).toBe('stopped');
    expect(kindOf(abort, { lost: 'expired', abortedBy: new LeaseLostError('key') })).toBe('lost');
    expect(kindOf(abort)).toBe('failed');
  });

  it('does not follow causes in a circle', () => {
    const error = new Error('x');
    error.cause = error;
    expect(kindOf(error)).toBe('failed');
  });
});
