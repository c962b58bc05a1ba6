// A rule for the linter: which room may import which. rooms.json is the allow-list: it maps each
// folder or file to the rooms that it may import, beside itself. A file belongs to the innermost
// room of its path.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const ALLOWED = JSON.parse(readFileSync(join(import.meta.dirname, 'rooms.json'), 'utf8'));

export default {
  meta: { name: 'fujian' },
  rules: { rooms: { create: checkImports } },
};

function checkImports(context) {
  const file = relative(context.cwd, context.filename).split(sep).join('/');
  if (!/^(main\.ts|src\/|config\/|pages\/)/.test(file) || isForTests(file)) return {};
  const room = roomOf(file);
  const check = ({ source }) => {
    if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
    const target = relative(context.cwd, resolve(dirname(context.filename), source.value));
    const imported = target.split(sep).join('/').replace(/\.js$/, '.ts');
    const from = roomOf(imported);
    if (room === undefined) {
      context.report({
        node: source,
        message: `${file} is in no room of scripts/lint/rooms.json.`,
      });
    } else if (from !== room && !ALLOWED[room].includes(from)) {
      const message = `${room} may not import ${from ?? imported}: docs/architecture.md says why.`;
      context.report({ node: source, message });
    }
  };
  return {
    ImportDeclaration: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
    ImportExpression: check,
  };
}

function roomOf(file) {
  return Object.keys(ALLOWED)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .reduce((inner, room) => (inner && inner.length > room.length ? inner : room), undefined);
}

/** Specs and their helpers may import whatever they test. */
function isForTests(file) {
  return file.endsWith('.spec.ts') || /^src\/.+\/testing\//.test(file);
}
