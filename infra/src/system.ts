import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createAppStack, createMigrationStack } from './app/app-stack.ts';
import { settingsOf } from './apps.ts';
import { describedApps } from './described-apps.ts';
import { createMessagingStack } from './messaging/messaging-stack.ts';
import { byTheCaller } from './pipeline/by-the-caller.ts';
import { createGithubStack } from './pipeline/github-stack.ts';
import { createPipelineStack } from './pipeline/pipeline-stack.ts';
import { createSharedStack } from './shared/shared-stack.ts';
import { type Stage, stages } from './stages.ts';

/** The whole infrastructure: for each stage a shared stack, one for messaging, one per app, and who deploys them; checked by cdk-nag. */
export function createSystem(props: AppProps, chosen: readonly Stage[] = stages): App {
  const app = new App({
    analyticsReporting: false,
    defaultStackSynthesizer: byTheCaller(),
    ...props,
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const described = describedApps();
  const apps = described.map(({ name }) => name);
  createGithubStack(app);
  for (const stage of chosen) {
    const shared = createSharedStack(app, stage, apps);
    const messaging = createMessagingStack(app, { stage, apps, alarms: shared.alarms });
    const stacks = described.flatMap((each) => {
      const props = { stage, shared, messaging, app: each, apps };
      const { migrates } = settingsOf(each.name);
      return [createAppStack(app, props), ...(migrates ? [createMigrationStack(app, props)] : [])];
    });
    const pipeline = createPipelineStack(app, stage, apps);
    for (const stack of [shared.stack, messaging.stack, pipeline, ...stacks]) {
      Tags.of(stack).add('atlas:stage', stage.name);
    }
  }
  return app;
}
