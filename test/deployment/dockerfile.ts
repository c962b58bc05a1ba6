import { readFileSync } from 'node:fs';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';

/** A step of a stage of the Dockerfile that can be done by hand. */
export type Step =
  | { readonly type: 'workdir'; readonly path: string }
  | {
      readonly type: 'copy';
      readonly from: string | undefined;
      readonly sources: string[];
      readonly target: string;
    }
  | { readonly type: 'run'; readonly command: string };

export interface Stage {
  readonly name: string | undefined;
  readonly steps: readonly Step[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** Returns the stages of the Dockerfile. */
export function stagesOf(path: string): Stage[] {
  const file = DockerfileParser.parse(readFileSync(path, 'utf8'));
  const stages: Instruction[][] = [];
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)!.push(instruction);
  }
  return stages.map(stageOf);
}

function stageOf(instructions: readonly Instruction[]): Stage {
  const all = (keyword: string) =>
    instructions
      .filter((one) => one.getKeyword() === keyword)
      .map((one) => one.getArgumentsContent() ?? '');
  const [, name] = / AS (\S+)/.exec(all('FROM')[0]!) ?? [];
  const variables = all('ENV').flatMap((text) => text.split(/\s+/));
  return {
    name,
    steps: instructions.flatMap(stepOf),
    environment: Object.fromEntries(variables.map((one) => one.split('=') as [string, string])),
    user: all('USER').at(-1),
    command: execForm(all('CMD').at(-1)),
    healthCheck: execForm(all('HEALTHCHECK').at(-1)),
  };
}

function stepOf(instruction: Instruction): Step[] {
  const text = instruction.getArgumentsContent() ?? '';
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      return [{ type: 'workdir', path: text }];
    case 'RUN':
      return [{ type: 'run', command: text }];
    case 'COPY': {
      const paths = text.split(/\s+/);
      const from = (instruction as Copy).getFromFlag()?.getValue() ?? undefined;
      return [{ type: 'copy', from, sources: paths.slice(0, -1), target: paths.at(-1)! }];
    }
    default:
      return [];
  }
}

/** Returns the words of an exec form, such as `CMD ["node", "main.js"]`. */
function execForm(text = '[]'): string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}
