import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Media {
  readonly schema?: object;
  /** Schema of each line. */
  readonly 'x-itemSchema'?: object;
}

interface Header {
  readonly required?: boolean;
  readonly schema: object;
}

interface Described {
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers: Readonly<Record<string, Header>>;
}

interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<Record<string, Described>>;
}

interface Line {
  readonly properties: { readonly type: { readonly const: string } };
}

interface OpenApi {
  readonly components: {
    readonly schemas: { readonly ExecutionLine: { readonly anyOf: readonly Line[] } };
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const document = JSON.parse(readFileSync('dist-pages/openapi.json', 'utf8')) as OpenApi;

/** Description of one status of one route. */
export interface DescribedStatus {
  /** `POST /contexts/{id}/fork` */
  readonly route: string;
  readonly summary: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** True if every route has this status. */
  readonly isCommon: boolean;
  readonly answer: Described;
}

export const DESCRIBED: readonly DescribedStatus[] = Object.entries(document.paths).flatMap(
  ([path, operations]) =>
    Object.entries(operations).flatMap(([name, { summary, responses }]) => {
      const method = name.toUpperCase();
      const route = `${method} ${path}`;
      return Object.entries(responses).map(([status, answer]) => ({
        route,
        summary,
        method,
        path,
        status: Number(status),
        isCommon: '$ref' in answer,
        answer: resolved(answer),
      }));
    }),
);

/** Types of the lines of `POST /execute`. */
export const LINE_TYPES = [
  ...new Set(
    document.components.schemas.ExecutionLine.anyOf.map(({ properties }) => properties.type.const),
  ),
].sort();

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema({ ...document, $id: 'openapi' });

/** Returns the deviations of an answer from its description; empty if there are none. */
export function deviations({ answer }: DescribedStatus, headers: Headers, body: string): string[] {
  const problems: string[] = [];
  for (const [name, header] of Object.entries(answer.headers)) {
    const { required = false, schema } = resolved(header);
    const value = headers.get(name);
    if (value === null && required) problems.push(`the header ${name} is missing`);
    if (value !== null) problems.push(...problemsOf(schema, value, `the header ${name}`));
  }
  const type = headers.get('content-type')?.split(';', 1)[0];
  if (!answer.content) {
    if (body !== '') problems.push('there is a body');
    return problems;
  }
  const media = type === undefined ? undefined : answer.content[type];
  if (!media) return [...problems, `the type ${type} is not described`];
  const line = media['x-itemSchema'];
  if (line) {
    const lines = body.trimEnd().split('\n');
    for (const text of lines) problems.push(...problemsOf(line, JSON.parse(text), text));
  } else {
    const value: unknown = type === 'application/json' ? JSON.parse(body) : body;
    problems.push(...problemsOf(media.schema!, value, 'the body'));
  }
  return problems;
}

const validators = new Map<object, ValidateFunction>();

function problemsOf(schema: object, value: unknown, where: string): string[] {
  let validate = validators.get(schema);
  if (!validate) validators.set(schema, (validate = ajv.compile(withBase(schema))));
  if (validate(value)) return [];
  return [`${where}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`];
}

/** Returns the schema with references resolved against the document. */
function withBase(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
}

function resolved<Kind extends object>(what: Kind): Kind {
  if (!('$ref' in what)) return what;
  const steps = String(what.$ref).split('/').slice(1);
  return steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown>)[step],
    document,
  ) as Kind;
}
