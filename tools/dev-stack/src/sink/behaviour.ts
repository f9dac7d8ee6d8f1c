import { z } from 'zod';

const smtpRule = z.strictObject({
  /** Refuse with this SMTP code: 4xx means "try later", 5xx means "never". */
  rejectWith: z.int().min(400).max(599).nullish(),
  /** How many mails are refused before things are well again; absent: until told otherwise. */
  rejectNext: z.int().min(1).optional(),
  /** Wait this long before a mail is accepted. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Keep this many mails but cut the connection instead of saying so: the sender cannot know. */
  dropAfterData: z.int().min(1).optional(),
});

const hookRule = z.strictObject({
  /** The status answered instead of 204; a delivery is taken only with a 2xx. */
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Never answer. */
  hang: z.boolean().optional(),
  /** Take the delivery but cut the connection instead of saying so: the sender cannot know. */
  dropAfterAccept: z.boolean().optional(),
  /** How many requests are treated like this before things are well again; absent: until told otherwise. */
  next: z.int().min(1).optional(),
});

/** What `PUT /api/behaviour` takes. Only the keys named change; null makes that part behave well again. */
export const behaviourChange = z.strictObject({
  smtp: smtpRule.nullish(),
  /** Rules for mail to one address; they come before the rule for all. */
  recipients: z.record(z.string(), smtpRule.nullable()).optional(),
  hooks: z.record(z.string(), hookRule.nullable()).optional(),
});

export type SmtpRule = z.infer<typeof smtpRule>;
export type HookRule = z.infer<typeof hookRule>;
export type BehaviourChange = z.infer<typeof behaviourChange>;

/** How badly the outside world behaves at the moment: failures that tests and demonstrations ask for. */
export interface Behaviour {
  change(change: BehaviourChange): void;
  current(): { smtp: SmtpRule | null; recipients: Record<string, SmtpRule>; hooks: Record<string, HookRule> };
  /** The SMTP code with which the recipient is to be refused now, counted. */
  refusalOf(recipient: string): number | undefined;
  /** What happens to an otherwise accepted mail, counted. */
  acceptanceOf(recipients: readonly string[]): { delayMs: number; drop: boolean };
  /** The rule for one request to a receiver, counted. */
  hookRuleOf(name: string): HookRule;
}

/** The world behaves well until it is told otherwise. */
export function createBehaviour(): Behaviour {
  // atlas-local-ok: the mail catcher is one process by design; how it misbehaves ends with it
  const smtp = new Map<'all', SmtpRule>();
  const recipients = new Map<string, SmtpRule>();
  const hooks = new Map<string, HookRule>();
  const ruleOf = (recipient: string) => recipients.get(recipient.toLowerCase()) ?? smtp.get('all');

  return {
    change: (change) => {
      if (change.smtp !== undefined) assign(smtp, 'all', change.smtp);
      for (const [address, rule] of Object.entries(change.recipients ?? {})) {
        assign(recipients, address.toLowerCase(), rule);
      }
      for (const [name, rule] of Object.entries(change.hooks ?? {})) assign(hooks, name, rule);
    },
    current: () => ({
      smtp: smtp.get('all') ?? null,
      recipients: Object.fromEntries(recipients),
      hooks: Object.fromEntries(hooks),
    }),
    refusalOf: (recipient) => {
      const rule = ruleOf(recipient);
      if (!rule?.rejectWith) return undefined;
      const code = rule.rejectWith;
      if (rule.rejectNext !== undefined) {
        rule.rejectNext -= 1;
        if (rule.rejectNext === 0) rule.rejectWith = null;
      }
      return code;
    },
    acceptanceOf: (addresses) => {
      const rule = addresses.map(ruleOf).find((found) => found !== undefined);
      const drop = (rule?.dropAfterData ?? 0) > 0;
      if (rule && drop) rule.dropAfterData = (rule.dropAfterData ?? 0) - 1;
      return { delayMs: rule?.delayMs ?? 0, drop };
    },
    hookRuleOf: (name) => {
      const rule = hooks.get(name);
      if (rule?.next !== undefined) {
        if (rule.next === 1) hooks.delete(name);
        else hooks.set(name, { ...rule, next: rule.next - 1 });
      }
      return rule ?? {};
    },
  };
}

function assign<K, Rule extends object>(rules: Map<K, Rule>, key: K, rule: Rule | null): void {
  if (rule === null) rules.delete(key);
  else rules.set(key, { ...rule });
}
