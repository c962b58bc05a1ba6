import { LeftOutArgumentError } from '../../errors/call-errors.js';
import { needName } from './argument-types.js';
import { Keywords } from './keywords.js';

/** Members that `await`, JSON, templates and Nest look up on any object. Never Python functions. */
export const NOT_OF_PYTHON = [
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'constructor',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
] as const;

/** Functions of a Python module; `Module` is the type that `fujian types` writes. */
export type PythonModule<Module> = {
  readonly [
    Name in keyof Module as Module[Name] extends (...args: never[]) => unknown
      ? Exclude<Name, (typeof NOT_OF_PYTHON)[number]>
      : never
  ]: Module[Name];
};

type Call = (
  target: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

type PythonFunction = (...args: readonly unknown[]) => Promise<unknown>;

const notOfPython: ReadonlySet<string> = new Set(NOT_OF_PYTHON);

/**
 * Returns a proxy whose members call the functions of the Python module; a missing one fails when
 * called.
 *
 * @throws InvalidArgumentError
 */
export function pythonModule<Module>(name: string, call: Call): PythonModule<Module> {
  needName('The name of a module', name);
  const functions = new Map<string, PythonFunction>();
  const functionOf = (member: string): PythonFunction => {
    const made = functions.get(member) ?? callable(`${name}:${member}`, call);
    functions.set(member, made);
    return made;
  };
  // Printed instead of the proxy.
  const shown = Object.assign(Object.create(null) as PythonModule<Module> & object, {
    [Symbol.toStringTag]: `PythonModule ${name}`,
  });
  return new Proxy(shown, {
    get: (shown, member) => {
      if (typeof member === 'symbol') return Reflect.get(shown, member) as unknown;
      return notOfPython.has(member) ? undefined : functionOf(member);
    },
    set: () => false,
  });
}

function callable(target: string, call: Call): PythonFunction {
  return async (...given) => {
    const last = given.at(-1);
    const named = last instanceof Keywords ? last.members : {};
    const args = withoutEnd(last instanceof Keywords ? given.slice(0, -1) : given);
    const gap = args.indexOf(undefined);
    if (gap >= 0) throw new LeftOutArgumentError(target, gap);
    return call(target, args, membersOf(named));
  };
}

/** Drops trailing undefined arguments, so that Python's defaults apply. */
function withoutEnd(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}

function membersOf(named: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
