/** One installation of the whole system: its names, its size, and what may be lost with it. */
export interface Stage {
  readonly name: 'dev' | 'staging' | 'prod';
  /** Starts the name of every topic, queue and table, so that stages may share an account. */
  readonly prefix: string;
  readonly region: string;
  /** What e-mails come from. */
  readonly mailFrom: string;
  /** A second copy of database and cache in another zone, and one way out to the internet per zone. */
  readonly survivesZoneLoss: boolean;
  /** Whether data outlives its stack, and cannot be deleted by it. */
  readonly keepsData: boolean;
  readonly databaseClass: string;
  readonly cacheClass: string;
  readonly backupDays: number;
  readonly logDays: 7 | 30 | 180;
}

const region = 'eu-central-1';

/** Every stage, the first to be deployed first. */
export const stages: readonly Stage[] = [
  {
    ...{ name: 'dev', prefix: 'atlas-dev', region, mailFrom: 'Atlas (dev) <no-reply@dev.atlas.example>' },
    ...{ survivesZoneLoss: false, keepsData: false, backupDays: 1, logDays: 7 },
    ...{ databaseClass: 't4g.micro', cacheClass: 'cache.t4g.micro' },
  },
  {
    ...{
      name: 'staging',
      prefix: 'atlas-staging',
      region,
      mailFrom: 'Atlas (staging) <no-reply@staging.atlas.example>',
    },
    ...{ survivesZoneLoss: true, keepsData: false, backupDays: 7, logDays: 30 },
    ...{ databaseClass: 't4g.medium', cacheClass: 'cache.t4g.small' },
  },
  {
    ...{ name: 'prod', prefix: 'atlas', region, mailFrom: 'Atlas <no-reply@atlas.example>' },
    ...{ survivesZoneLoss: true, keepsData: true, backupDays: 35, logDays: 180 },
    ...{ databaseClass: 'm7g.large', cacheClass: 'cache.m7g.large' },
  },
];
