import type { Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { acknowledge } from '../acknowledge.ts';
import type { Stage } from '../stages.ts';

/** Two zones; tasks in private subnets with a way out, data in subnets that have none. */
export function createNetwork(stack: Stack, stage: Stage): IVpc {
  const vpc = new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: stage.survivesZoneLoss ? 2 : 1,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'tasks', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
    ],
    // Both are free, and most of what tasks send goes to DynamoDB and to the image layers in S3.
    gatewayEndpoints: {
      dynamodb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      s3: { service: GatewayVpcEndpointAwsService.S3 },
    },
  });
  const flowLogs = new LogGroup(stack, 'FlowLogs', {
    retention: stage.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(flowLogs) });
  return vpc;
}

/** A security group that lets nobody in yet: each app's own stack opens the port that it needs, for itself. */
export function createClosedGroup(stack: Stack, id: string, vpc: IVpc, description: string): SecurityGroup {
  return new SecurityGroup(stack, id, { vpc, description, allowAllOutbound: false });
}

/** The group of the public balancer: https from everywhere, http only to be sent on to https. */
export function createPublicGroup(stack: Stack, vpc: IVpc): SecurityGroup {
  const group = new SecurityGroup(stack, 'PublicBalancerGroup', {
    ...{ vpc, description: 'The public balancer', allowAllOutbound: false },
  });
  for (const port of [80, 443]) {
    group.addIngressRule(Peer.anyIpv4(), Port.tcp(port), port === 443 ? 'https' : 'http, sent on to https');
  }
  acknowledge(group, 'AwsSolutions-EC23', 'The public API: ports 80 (redirect) and 443 are meant for the internet.');
  return group;
}
