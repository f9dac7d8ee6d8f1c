import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { createSystem } from '../src/system.ts';
import type { Stage } from '../src/stages.ts';

export interface Resource {
  readonly Type: string;
  // CloudFormation's own shapes, read in many ways by the specs.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}

export interface SynthesizedStack {
  readonly name: string;
  readonly resources: readonly (Resource & { readonly id: string })[];
  /** Where its template is put before it is deployed. */
  readonly templateUrl: string | undefined;
  /** The stacks without which this one cannot be deployed. */
  readonly needs: readonly string[];
  of(type: string): (Resource & { readonly id: string })[];
}

export interface Synthesized {
  readonly stacks: readonly SynthesizedStack[];
  stack(name: string): SynthesizedStack;
  /** The resource that a value of a template points to, through the exports of other stacks; undefined for anything else. */
  target(stack: string, value: unknown): (Resource & { readonly id: string }) | undefined;
}

/** Synthesizes stages as `npx nx run infra:synth` does. Throws when cdk-nag finds something. */
export function synthesize(stages: readonly Stage[]): Synthesized {
  return readSynthesized((outdir) => createSystem({ outdir }, stages));
}

/** Synthesizes an app into a folder that is gone afterwards, and reads what came out. Throws when its validation fails. */
export function readSynthesized(create: (outdir: string) => App): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'atlas-synth-'));
  try {
    return read(create(outdir).synth());
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function read(assembly: CloudAssembly): Synthesized {
  const templates = new Map(assembly.stacks.map(({ stackName, template }) => [stackName, template as Template]));
  const stacks = assembly.stacks.map((artifact): SynthesizedStack => {
    const { stackName, dependencies, stackTemplateAssetObjectUrl: templateUrl } = artifact;
    const resources = Object.entries(templates.get(stackName)!.Resources).map(([id, resource]) => ({
      id,
      ...resource,
    }));
    const names: readonly string[] = [...templates.keys()];
    const needs = dependencies.map(({ id }) => id).filter((id) => names.includes(id));
    const of = (type: string) => resources.filter(({ Type }) => Type === type);
    return { name: stackName, resources, templateUrl, needs, of };
  });
  const stack = (name: string) => {
    const found = stacks.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no stack ${name}`);
    return found;
  };
  const exported = new Map(
    [...templates].flatMap(([name, { Outputs = {} }]) =>
      Object.values(Outputs).flatMap(({ Export, Value }) => (Export ? [[Export.Name, { name, Value }] as const] : [])),
    ),
  );
  const target: Synthesized['target'] = (name, value) => {
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = (value ?? {}) as Reference;
    if (imported !== undefined) return target(exported.get(imported)!.name, exported.get(imported)!.Value);
    const id = Ref ?? attribute?.[0];
    return stack(name).resources.find((resource) => resource.id === id);
  };
  return { stacks, stack, target };
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { Export?: { Name: string }; Value: unknown }>>;
}

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::ImportValue'?: string;
}
