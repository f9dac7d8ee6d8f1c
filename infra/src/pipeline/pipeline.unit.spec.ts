import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSynthesized, type Resource } from '../../test/synthesized.ts';
import { describedApps } from '../described-apps.ts';
import { stages } from '../stages.ts';
import { createGithubStack } from './github-stack.ts';
import { createPipelineStack } from './pipeline-stack.ts';

const names = describedApps().map(({ name }) => name);
const system = readSynthesized((outdir) => {
  const app = new App({ outdir, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  createGithubStack(app);
  for (const stage of stages) createPipelineStack(app, stage, names);
  return app;
});

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const statements = ({ Properties }: Resource): Statement[] => Properties.PolicyDocument.Statement as Statement[];

describe.each(stages)('who deploys $name', ({ name: stage, prefix }) => {
  const pipeline = system.stack(`${prefix}-pipeline`);
  const roleOf = (what: string) =>
    pipeline.of('AWS::IAM::Role').find(({ Properties }) => Properties.RoleName === `${prefix}-deploy-${what}`)!;
  /** What the role may do: resources in words, by action. */
  const allowed = (what: string): Map<string, string[]> => {
    const policies = pipeline
      .of('AWS::IAM::Policy')
      .filter(({ Properties }) => Properties.Roles[0].Ref === roleOf(what).id);
    const each = policies
      .flatMap(statements)
      .flatMap(({ Action, Resource: resource }) =>
        list(Action).map((action) => [action, list(resource).map(inWords)] as const),
      );
    return new Map(each);
  };
  const inWords = (resource: unknown): string => {
    const joined = (resource as { 'Fn::Join'?: [string, (string | { Ref: string })[]] })['Fn::Join'];
    const parts = joined?.[1].map((part) => (typeof part === 'string' ? part : part.Ref));
    return (parts?.join('') ?? String(resource)).replace(/^arn:AWS::Partition:/, '').replace(/:AWS::AccountId:/, '::');
  };
  const each = [...names, 'base'];

  test('has a role per app, and takes only jobs of this repository in the environment of this stage', () => {
    expect(pipeline.of('AWS::IAM::Role')).toHaveLength(each.length);
    for (const { Properties } of pipeline.of('AWS::IAM::Role')) {
      const [trust, ...others] = Properties.AssumeRolePolicyDocument.Statement as Statement[];
      expect(others).toEqual([]);
      expect(trust).toMatchObject({
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': `repo:your-organisation/atlas:environment:${stage}`,
          },
        },
      });
    }
  });

  test('deploys the stacks of its app, pushes its images, and touches nothing of another', () => {
    for (const what of each) {
      const own =
        what === 'base' ? ['shared', 'messaging'] : what === 'gateway' ? ['gateway', 'gateway-migrations'] : [what];
      const may = allowed(what);
      expect(may.get('cloudformation:ExecuteChangeSet')).toEqual(
        own.map((name) => `cloudformation:eu-central-1::stack/${prefix}-${name}/*`),
      );
      expect(may.get('s3:PutObject')).toEqual(
        own.map((name) => `s3:::cdk-hnb659fds-assets-AWS::AccountId-eu-central-1/${prefix}-${name}/*`),
      );
      expect(may.get('ecr:PutImage')).toEqual(
        what === 'base' ? undefined : [`ecr:eu-central-1::repository/${prefix}/${what}`],
      );
      expect(may.get('ecs:RunTask')).toEqual(
        what === 'gateway' ? [`ecs:eu-central-1::task-definition/${prefix}-gateway-migration:*`] : undefined,
      );
      const foreign = each.filter((other) => other !== what).map((other) => `${prefix}-${other}/`);
      expect([...may.values()].flat().filter((resource) => foreign.some((name) => resource.includes(name)))).toEqual(
        [],
      );
    }
  });

  test('may do no action on everything, but for the two that know no better', () => {
    for (const what of each) {
      for (const [action, resources] of allowed(what)) {
        expect(action).not.toMatch(/\*/);
        const everything = resources.filter(
          (resource) => /^\*$|:\*$/.test(resource) && !resource.includes('task-definition/'),
        );
        if (everything.length > 0) expect(['ecr:GetAuthorizationToken', 'cloudwatch:DescribeAlarms']).toContain(action);
      }
    }
  });
});
