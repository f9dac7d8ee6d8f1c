import { parseArgs } from 'node:util';
import { aws } from './aws.ts';

/**
 * `node tools/delivery/src/pipeline/migrate.ts --prefix atlas --app gateway` runs the task of the stack
 * `<prefix>-<app>-migrations` and waits for its end. Exits 1 when it does not end with 0.
 */
const { values } = parseArgs({ options: { prefix: { type: 'string' }, app: { type: 'string' } } });
const { prefix, app } = values;
if (prefix === undefined || app === undefined) throw new Error('usage: migrate.ts --prefix <prefix> --app <app>');

const { Stacks } = aws<{ Stacks: [{ Outputs: { OutputKey: string; OutputValue: string }[] }] }>(
  ...['cloudformation', 'describe-stacks', '--stack-name', `${prefix}-${app}-migrations`],
);
const output = (key: string): string => Stacks[0].Outputs.find(({ OutputKey }) => OutputKey === key)!.OutputValue;
const network = {
  awsvpcConfiguration: {
    subnets: output('Subnets').split(','),
    securityGroups: [output('GroupId')],
    assignPublicIp: 'DISABLED',
  },
};
const started = aws<{ tasks: { taskArn: string }[] }>(
  ...['ecs', 'run-task', '--cluster', prefix, '--launch-type', 'FARGATE', '--task-definition', output('Task')],
  ...['--network-configuration', JSON.stringify(network)],
);
const task = started.tasks[0]?.taskArn;
if (task === undefined) throw new Error(`the migration did not start: ${JSON.stringify(started)}`);
aws('ecs', 'wait', 'tasks-stopped', '--cluster', prefix, '--tasks', task);
const { tasks } = aws<{ tasks: [{ stoppedReason?: string; containers: { exitCode?: number }[] }] }>(
  ...['ecs', 'describe-tasks', '--cluster', prefix, '--tasks', task],
);
const codes = tasks[0].containers.map(({ exitCode }) => exitCode);
console.log(`The migration ended with ${codes.join(', ')}: ${tasks[0].stoppedReason ?? ''}`);
process.exit(codes.every((code) => code === 0) ? 0 : 1);
