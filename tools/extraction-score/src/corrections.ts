import ignore from 'ignore';
import { parseDocument } from 'yaml';
import { z } from 'zod';

/** What a person knows better than the code shows, each with a reason. */
export interface Correction {
  readonly module: string;
  readonly domainClarity?: Corrected;
  readonly asyncViability?: Corrected;
  readonly coupling?: Corrected;
  /** Which files the module consists of. */
  readonly matches?: (path: string) => boolean;
  /** The module is no candidate, because. */
  readonly leaveOut?: string;
}

export interface Corrected {
  readonly value: number;
  readonly reason: string;
}

const reason = z.string('a reason is needed').trim().min(8, 'a reason of at least 8 characters is needed');
const factor = (from: number, to: number) =>
  z.strictObject({ value: z.number().min(from, `from ${from}`).max(to, `at most ${to}`), reason });
const schema = z.strictObject({
  modules: z.record(
    z.string().min(1),
    z.strictObject({
      domain_clarity: factor(0, 1).optional(),
      async_viability: factor(0, 1).optional(),
      coupling: factor(1, 100).optional(),
      files: z.strictObject({ match: z.array(z.string().min(1)).min(1), reason }).optional(),
      leave_out: z.strictObject({ reason }).optional(),
    }),
  ),
});

/** A corrections file that cannot be used; the message is one line that says where and why. */
export class CorrectionsError extends Error {
  readonly code = 'CORRECTIONS';
  constructor(message: string) {
    super(message);
    this.name = 'CorrectionsError';
  }
}

/** Reads the YAML of corrections. Throws a CorrectionsError with line or path of the first mistake. */
export function parseCorrections(text: string): Correction[] {
  const document = parseDocument(text, { prettyErrors: true });
  const [mistake] = document.errors;
  if (mistake) throw new CorrectionsError(`it is not YAML: ${mistake.message.split('\n')[0]!.replace(/:$/, '')}`);
  let json: unknown;
  try {
    json = document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw new CorrectionsError(`it is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const keys =
      issue!.code === 'unrecognized_keys'
        ? `: known are domain_clarity, async_viability, coupling, files, leave_out`
        : '';
    throw new CorrectionsError(`${issue!.path.join('.') || 'the file'}: ${issue!.message}${keys}`);
  }
  return Object.entries(parsed.data.modules).map(([module, said]): Correction => {
    const filter = said.files && ignore().add(said.files.match);
    return {
      module,
      ...(said.domain_clarity && { domainClarity: said.domain_clarity }),
      ...(said.async_viability && { asyncViability: said.async_viability }),
      ...(said.coupling && { coupling: said.coupling }),
      ...(filter && { matches: (path: string) => filter.ignores(path) }),
      ...(said.leave_out && { leaveOut: said.leave_out.reason }),
    };
  });
}
