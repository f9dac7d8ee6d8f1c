import type { Holder } from '../engine/holders.ts';
import type { Write } from '../engine/model.ts';
import type { Program } from '../engine/program.ts';
import type { Value } from '../engine/values.ts';
import { KIND_NAMES, type Kind } from '../kinds.ts';
import { classify } from './classify.ts';
import { ofKind } from './confidence.ts';
import type { Draft } from './draft.ts';
import { createFacts, type Facts } from './facts.ts';
import { createUses } from './uses.ts';

/** A place that holds state, with what it holds when the server starts; of which kind it is is not known yet. */
export interface Place {
  readonly draft: Omit<Draft, 'kind'> & { readonly holder: Holder; readonly writes: readonly Write[] };
  readonly held: readonly Value[];
}

/** Says of which kind each place is: from how it is used, never from what the program calls it. */
export function withKinds(program: Program, places: readonly Place[]): Draft[] {
  const usesOf = createUses(program);
  const factsOf = createFacts(program);
  const certainty = ofKind(program);
  const judged = places.map(({ draft, held }) => {
    const facts = factsOf(draft.holder, held, draft.writes, usesOf(draft.holder, draft.writes));
    const kind: Kind = draft.holder.kind === 'environment' ? 'environment' : classify(facts);
    const confidence = draft.confidence * certainty(kind, facts, draft.holder, draft.writes);
    return { draft: { ...draft, kind, confidence }, facts };
  });
  return judged.map((one) => ({ ...one.draft, kind: companionOf(one, judged) ?? one.draft.kind }));
}

interface Judged {
  readonly draft: Place['draft'] & { readonly kind: Kind };
  readonly facts: Facts;
}

/** `loadedAt = Date.now()` is of the kind of what is loaded: of what the same functions write. */
function companionOf({ draft, facts }: Judged, all: readonly Judged[]): Kind | undefined {
  if (!isMoment(facts)) return undefined;
  const fns = new Set(draft.writes.map((w) => w.fn));
  const others = all.filter(
    (one) => one.draft !== draft && !isMoment(one.facts) && one.draft.writes.some((w) => fns.has(w.fn)),
  );
  return KIND_NAMES.find((kind) => others.some((one) => one.draft.kind === kind));
}

const isMoment = ({ shape }: Facts) => shape.has('only-time') && !shape.has('map') && !shape.has('list');
