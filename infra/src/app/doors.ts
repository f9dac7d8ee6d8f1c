import { Duration, Stack } from 'aws-cdk-lib';
import { type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCertificate,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { settingsOf } from '../apps.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { Shared } from '../shared/shared-stack.ts';
import type { Stage } from '../stages.ts';

type Side = 'inside' | 'outside';

/**
 * Puts an app behind the balancers, one target group per side: inside for its peers, outside for the world. Everything that
 * is made here is in the app's own stack, so that no other stack changes when it comes or goes.
 */
export function openDoors(
  stack: Stack,
  { stage, shared, app, service }: { stage: Stage; shared: Shared; app: DescribedApp; service: FargateService },
): ApplicationTargetGroup[] {
  const { port, isPublic } = settingsOf(app.name);
  const sides: Side[] = isPublic ? ['inside', 'outside'] : ['inside'];
  return sides.map((side) => {
    const targets = createTargets(stack, side, port, shared.vpc, service);
    const balancer = importBalancer(stack, shared, side);
    if (side === 'inside') {
      new ApplicationListener(stack, 'inside-listener', {
        ...{ loadBalancer: balancer, port, protocol: ApplicationProtocol.HTTP, open: false },
        defaultTargetGroups: [targets],
      });
    } else openToTheWorld(stack, stage, balancer, targets);
    return targets;
  });
}

function createTargets(stack: Stack, side: Side, port: number, vpc: IVpc, service: FargateService) {
  return new ApplicationTargetGroup(stack, `${side}-targets`, {
    ...{ vpc, port, protocol: ApplicationProtocol.HTTP },
    targets: [service.loadBalancerTarget({ containerName: 'app', containerPort: port })],
    healthCheck: {
      path: '/health/ready',
      ...{ interval: Duration.seconds(5), timeout: Duration.seconds(3), healthyThresholdCount: 2 },
      unhealthyThresholdCount: 2,
    },
    // Long enough for the slowest request; the task gets its SIGTERM after that.
    deregistrationDelay: Duration.seconds(20),
  });
}

/** https only, with the certificate that the stage's parameter names; http is sent on to it. */
function openToTheWorld(
  stack: Stack,
  stage: Stage,
  loadBalancer: ReturnType<typeof importBalancer>,
  targets: ApplicationTargetGroup,
): void {
  const certificate = StringParameter.valueForStringParameter(stack, `/atlas/${stage.name}/certificate-arn`);
  new ApplicationListener(stack, 'https', {
    ...{ loadBalancer, port: 443, protocol: ApplicationProtocol.HTTPS, open: false },
    ...{ sslPolicy: SslPolicy.TLS13_RES, certificates: [ListenerCertificate.fromArn(certificate)] },
    defaultTargetGroups: [targets],
  });
  new ApplicationListener(stack, 'http', {
    ...{ loadBalancer, port: 80, protocol: ApplicationProtocol.HTTP, open: false },
    defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
  });
}

/** As something from elsewhere: rules of its security group then belong to this stack, and the shared one stays as it is. */
function importBalancer(stack: Stack, shared: Shared, side: Side) {
  const balancer = shared.balancers[side];
  return ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, `${side}-balancer`, {
    loadBalancerArn: balancer.loadBalancerArn,
    securityGroupId: shared.groups[side].securityGroupId,
    ...{ securityGroupAllowsAllOutbound: false, vpc: shared.vpc },
  });
}

/** Lets this app's tasks in where they have to go: its stores, and the balancer towards its peers. */
export function openWays(
  stack: Stack,
  group: SecurityGroup,
  ways: readonly (readonly [SecurityGroup, number, string])[],
): void {
  for (const [target, port, what] of ways) {
    const imported = SecurityGroup.fromSecurityGroupId(stack, `to-${what}`, target.securityGroupId);
    imported.addIngressRule(group, Port.tcp(port), `${Stack.of(stack).stackName} to ${what}`);
  }
}
