import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueDefaults } from '@atlas/event-contracts';
import type { Logger, Metrics, Probe, Telemetry } from '@atlas/platform';
import { ConsumerStoppingError } from '../errors.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { type Backoff, defaultBackoff } from './backoff.ts';
import { createCompletions } from './completions.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { createDeadLettering } from './dead-lettering.ts';
import { createGate } from './gate.ts';
import { createGiveBacks } from './give-back.ts';
import { createHand, type SettledCounts } from './hand.ts';
import { type HandlerTable, routesOf } from './handler-table.ts';
import { createHeartbeat } from './heartbeat.ts';
import { hidingTimes } from './hiding-times.ts';
import { abortMessage } from './in-hand-message.ts';
import { createIntake } from './intake.ts';
import { createOutcomes } from './outcomes.ts';
import { createPoller } from './poller.ts';
import { checkQueues } from './queue-check.ts';
import { createDepthGauge } from './queue-depth.ts';
import { createRunner } from './runner.ts';
import { createSlots } from './slots.ts';

const STALL_GRACE_MS = 30_000;
const DEPTH_EVERY_MS = 30_000;

export interface ConsumerOptions {
  readonly sqs: SQSClient;
  readonly queueName: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly handlers: HandlerTable;
  readonly inbox: Inbox;
  /**
   * For handlers whose own store knows for ever what it has taken in. The inbox then keeps leases and failure counts only, and a message that
   * comes again, by a replay or a redrive, is handled again: what the store has lost comes back. A fact that comes in two majors is
   * handled in both: the store has to know it by its id. Default false.
   */
  readonly handlersRemember?: boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly telemetry?: Telemetry | undefined;
  /** Whether everything that handlers need answers: asked before the first poll, and after an outage until it says yes. */
  readonly isReady: () => Promise<boolean>;
  readonly probe?: Probe | undefined;
  /** Polls at the same time at most, while the queue is full. Default 8. */
  readonly receivers?: number;
  /** Messages in hand at most. Default 80. */
  readonly maxInFlight?: number;
  /** Whole seconds a message is hidden; longer handlers are extended. Default 30. */
  readonly visibilityTimeoutSeconds?: number;
  /** Whole seconds of a long poll, 0 to 20. Default 20. A stop waits for polls that are under way. */
  readonly waitTimeSeconds?: number;
  /** Handler failures after which a message is dead-lettered. Default 3. */
  readonly maxFailures?: number;
  readonly backoff?: Backoff;
  /** A poll that takes longer than its wait by this much is aborted and begun anew. Default 30 s. */
  readonly stallGraceMs?: number;
  /** How often queue depths are measured. Default 30 s. */
  readonly depthEveryMs?: number;
  readonly clock?: () => Date;
  readonly random?: () => number;
}

/** What became of the messages in hand when a consumer stopped. */
export interface StopReport {
  /** Finished: handled, found done, or dead-lettered. */
  readonly drained: number;
  /** Returned to the queue; another consumer may have them after a second. */
  readonly givenBack: number;
  /** Left to their visibility timeout, because a lease was lost or the queue did not answer. */
  readonly abandoned: number;
}

export interface Consumer {
  /** Begins to consume. Rejects with SetupError when a queue does not exist or may not be used; not for an outage. */
  start(): Promise<void>;
  /**
   * Ends consuming: no new polls, unstarted messages go back, handlers in hand finish. When `deadlineMs` has passed their
   * signals are aborted. Resolves when no handler runs any more; a handler that ignores its signal is waited for.
   */
  stop(options: { deadlineMs: number }): Promise<StopReport>;
  /** `paused` while a dependency is away (or has not said that it is ready yet), `stopped` before start and after stop. */
  state(): 'running' | 'paused' | 'stopped';
}

/**
 * Makes the consumer of one queue. Handlers run as slots become free, each message on its own; what happens to a message,
 * also when the process dies in the middle, is in docs/guarantees.md.
 */
export function createConsumer(options: ConsumerOptions): Consumer {
  const life = { phase: 'new' as 'new' | 'started' | 'stopping' | 'stopped', overdue: false };
  const env = environmentOf(options, life, () => poller.pump());
  const giveBacks = createGiveBacks(env);
  const completions = createCompletions(env);
  const deadLettering = createDeadLettering(env, { completions, giveBacks });
  const outcomes = createOutcomes(env, { completions, giveBacks, deadLettering });
  const runner = createRunner(env, outcomes);
  const heartbeat = createHeartbeat(env);
  const routes = routesOf(options.handlers, options.metrics, options.queueName);
  const poller = createPoller(env, createIntake(env, { routes, outcomes, runner, heartbeat }));
  const depths = createDepthGauge(env, options.depthEveryMs ?? DEPTH_EVERY_MS);
  let ticker: NodeJS.Timeout | undefined;
  let stopped: Promise<StopReport> | undefined;

  const drain = async (deadlineMs: number): Promise<StopReport> => {
    const before = env.hand.counts();
    life.phase = 'stopping';
    env.gate.stop();
    for (const message of runner.takeWaiting()) outcomes.returned(message);
    const deadline = setTimeout(() => {
      life.overdue = true;
      poller.abort();
      for (const message of env.hand) if (message.running) abortMessage(message, new ConsumerStoppingError());
    }, deadlineMs);
    await poller.stop();
    await env.hand.emptied();
    for (const way of [deadLettering, completions, giveBacks]) await way.flush();
    clearTimeout(deadline);
    clearInterval(ticker);
    depths.stop();
    life.phase = 'stopped';
    return reportOf(before, env.hand.counts());
  };
  return {
    async start() {
      if (life.phase !== 'new') throw new Error('A consumer is started once; make a new one instead.');
      life.phase = 'started';
      await checkQueues(env);
      if (life.phase !== 'started') return;
      ticker = setInterval(() => {
        heartbeat.beat();
        poller.watch();
      }, env.times.tickMs);
      depths.start();
      env.gate.start();
    },
    stop: ({ deadlineMs }) => (stopped ??= drain(deadlineMs)),
    state() {
      if (life.phase === 'new' || life.phase === 'stopped') return 'stopped';
      return env.gate.state === 'closed' ? 'paused' : 'running';
    },
  };
}

function environmentOf(
  options: ConsumerOptions,
  life: { readonly phase: string; readonly overdue: boolean },
  pump: () => void,
): ConsumerEnvironment {
  const { receivers = 8, maxInFlight = 80, waitTimeSeconds = queueDefaults.waitTimeSeconds } = options;
  const { queueName, isReady, random = Math.random } = options;
  const logger = options.logger.child({ queue: queueName });
  const slots = createSlots({ total: maxInFlight, receivers });
  return {
    sqs: options.sqs,
    queueName,
    queueUrl: options.queueUrl,
    deadLetterQueueUrl: options.deadLetterQueueUrl,
    waitTimeSeconds,
    stallAfterMs: waitTimeSeconds * 1000 + (options.stallGraceMs ?? STALL_GRACE_MS),
    maxInFlight,
    maxFailures: options.maxFailures ?? 3,
    backoff: options.backoff ?? defaultBackoff,
    times: hidingTimes(options.visibilityTimeoutSeconds ?? queueDefaults.visibilityTimeoutSeconds),
    inbox: options.inbox,
    handlersRemember: options.handlersRemember ?? false,
    slots,
    hand: createHand({ slots, onFree: pump }),
    gate: createGate({ isReady, logger, queue: queueName, random, onOpen: pump }),
    metrics: options.metrics,
    logger,
    telemetry: options.telemetry,
    probe: options.probe ?? (() => {}),
    clock: options.clock ?? (() => new Date()),
    now: () => performance.now(),
    random,
    isStopping: () => life.phase === 'stopping' || life.phase === 'stopped',
    isOverdue: () => life.overdue,
  };
}

function reportOf(before: SettledCounts, after: SettledCounts): StopReport {
  return {
    drained: after.finished - before.finished,
    givenBack: after.givenBack - before.givenBack,
    abandoned: after.abandoned - before.abandoned,
  };
}
