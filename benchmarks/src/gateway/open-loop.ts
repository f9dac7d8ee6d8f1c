import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One request that can be sent again and again. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Load {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export interface LoadResult {
  /** Milliseconds from the first byte sent to the last one received, one number per request. */
  readonly latenciesMs: readonly number[];
  /** Milliseconds that sends were late, against their plan: large numbers mean that the sender was the bottleneck. */
  readonly lateMs: readonly number[];
}

/**
 * Sends `perSecond` requests each second, to the targets in turn, each at its time whether or not the one before has an
 * answer (open loop: a slow server does not make its own load smaller). The first `warmUpMs` do not count. Rejects for an
 * answer other than 200.
 */
export async function openLoop(targets: readonly Target[], load: Load): Promise<LoadResult> {
  const { perSecond, warmUpMs, measuredMs } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const everyMs = 1000 / perSecond;
  const warmUp = Math.round(warmUpMs / everyMs);
  const count = warmUp + Math.round(measuredMs / everyMs);
  const answers: Promise<number>[] = [];
  const lateMs: number[] = [];
  const startedAt = performance.now();
  try {
    for (let index = 0; index < count; index += 1) {
      const due = startedAt + index * everyMs;
      // A timer is up to a millisecond late. To wait awake would take from the servers what is measured.
      const sleep = due - performance.now();
      if (sleep > 0) await delay(sleep);
      lateMs.push(performance.now() - due);
      const answer = send(targets[index % targets.length]!, agent);
      // A refusal is reported below, in its turn; until then it is nobody's unhandled rejection.
      answer.catch(() => {});
      answers.push(answer);
    }
    const latenciesMs = await Promise.all(answers);
    return { latenciesMs: latenciesMs.slice(warmUp), lateMs: lateMs.slice(warmUp) };
  } finally {
    agent.destroy();
  }
}

function send({ url, headers }: Target, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const sent = request(url, { agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - sentAt);
        else reject(new Error(`GET ${url} answered ${answer.statusCode}`));
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}
