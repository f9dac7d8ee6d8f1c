import { CliCredentialsStackSynthesizer, type IReusableStackSynthesizer, type Stack } from 'aws-cdk-lib';

/** Where the templates of a stack are in the bucket of `cdk bootstrap`. */
export const templateFolder = (stackName: string): string => `${stackName}/`;

/**
 * Stacks that the role of a job deploys, as it is: the one that `cdk bootstrap` makes for all of them may deploy every stack of the account.
 * The templates of each are in a folder of their own: CDK uploads none that is there already under its digest, so that
 * whoever may write to the folder of another stack could have put something else there before.
 */
export function byTheCaller(): IReusableStackSynthesizer {
  const ofStack = ({ stackName }: Stack) =>
    new CliCredentialsStackSynthesizer({ bucketPrefix: templateFolder(stackName) });
  return Object.assign(new CliCredentialsStackSynthesizer(), {
    reusableBind: (stack: Stack) => ofStack(stack).reusableBind(stack),
  });
}
