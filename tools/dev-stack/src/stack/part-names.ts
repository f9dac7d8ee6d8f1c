/** The parts of the infrastructure, in the order in which they are shown; they start at the same time. */
export const partNames = ['postgres', 'redis', 'sqs', 'dynamodb', 'sink', 'payment-sandbox'] as const;

export type PartName = (typeof partNames)[number];

/** Where the search for a free port begins. Not the usual ports: those are often taken, or wanted by something else. */
export const preferredPorts: Readonly<Record<string, number>> = {
  gateway: 3000,
  notification: 3001,
  billing: 3002,
  subscription: 3003,
  reporting: 3004,
  sink: 8025,
  smtp: 1025,
  'payment-sandbox': 4020,
  sqs: 14566,
  postgres: 15432,
  redis: 16379,
  dynamodb: 18000,
};
