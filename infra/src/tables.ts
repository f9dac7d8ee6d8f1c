import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { DescribedTable } from './described-apps.ts';
import type { Stage } from './stages.ts';

/**
 * A DynamoDB table exactly as its app describes it (and makes it in a local stack): paid per request, with point-in-time
 * recovery of 35 days, encrypted, and expiry where the app asks for it.
 */
export function createTable(stack: Stack, stage: Stage, described: DescribedTable): CfnTable {
  const { name, ttlAttribute, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = described;
  const keysOf = (schema: DescribedTable['KeySchema']) =>
    schema.map(({ AttributeName: attributeName, KeyType: keyType }) => ({ attributeName, keyType }));
  const table = new CfnTable(stack, `Table-${name}`, {
    tableName: `${stage.prefix}-${name}`,
    billingMode: 'PAY_PER_REQUEST',
    attributeDefinitions: AttributeDefinitions.map(
      ({ AttributeName: attributeName, AttributeType: attributeType }) => ({
        ...{ attributeName, attributeType },
      }),
    ),
    keySchema: keysOf(KeySchema),
    ...(GlobalSecondaryIndexes && {
      globalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema: schema, Projection }) => ({
        indexName: IndexName,
        keySchema: keysOf(schema),
        projection: {
          projectionType: Projection.ProjectionType,
          ...(Projection.NonKeyAttributes && { nonKeyAttributes: [...Projection.NonKeyAttributes] }),
        },
      })),
    }),
    ...(ttlAttribute !== undefined && { timeToLiveSpecification: { attributeName: ttlAttribute, enabled: true } }),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    sseSpecification: { sseEnabled: true },
    deletionProtectionEnabled: stage.keepsData,
  });
  table.applyRemovalPolicy(stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
  return table;
}
