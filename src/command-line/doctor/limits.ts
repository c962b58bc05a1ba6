import { accessSync, constants } from 'node:fs';
import { totalmem } from 'node:os';
import type { Configuration } from '../../../config/schema.js';
import { type Finding, ok, warning } from './finding.js';

/** Descriptors that the service opens for each session, at most. */
const FILES_OF_SESSION = 4;
/** Descriptors of the service itself and some clients. */
const FILES_OF_SERVICE = 256;
const MIB = 1024 * 1024;
/** Below this, an interpreter with numpy and its like has no room to work. */
const SCARCE_MEMORY = 256 * MIB;
const MEMORY_FIGURES = '/proc/self/smaps_rollup';

interface Limit {
  readonly soft: number | string;
}

/** Checks the limits of the operating system. */
export function* checkLimits(configuration: Configuration): Generator<Finding> {
  const { open_files, max_user_processes } = userLimits();
  yield checkFiles(open_files, configuration);
  yield checkProcesses(max_user_processes, configuration);
  yield checkMemory(configuration);
  if (process.platform === 'linux') yield checkMemoryFigures();
}

function userLimits(): Readonly<Record<string, Limit | undefined>> {
  // Without this, the report would look up the names of all peers.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as { userLimits?: Record<string, Limit> };
  return userLimits ?? {};
}

function checkFiles(limit: Limit | undefined, { maxSessions }: Configuration): Finding {
  const needed = FILES_OF_SERVICE + FILES_OF_SESSION * maxSessions;
  const found = `open files: ${limit?.soft ?? 'unknown'}`;
  if (!isBelow(limit, needed)) return ok('limits', found);
  return warning(
    'limits',
    `${found}, while ${maxSessions} sessions may need ${needed}`,
    `Raise it (ulimit -n ${needed}; LimitNOFILE= of systemd), or lower FUJIAN_MAX_SESSIONS.`,
  );
}

function checkProcesses(limit: Limit | undefined, { maxSessions }: Configuration): Finding {
  const found = `processes of this user: ${limit?.soft ?? 'unknown'}`;
  if (!isBelow(limit, 2 * maxSessions)) return ok('limits', found);
  return warning(
    'limits',
    `${found}, while there may be ${maxSessions} sessions`,
    'Raise it (ulimit -u; TasksMax= of systemd), or lower FUJIAN_MAX_SESSIONS.',
  );
}

const isBelow = (limit: Limit | undefined, needed: number): boolean =>
  typeof limit?.soft === 'number' && limit.soft < needed;

function checkMemory({ memoryLimit }: Configuration): Finding {
  const group = process.constrainedMemory();
  const isConstrained = group > 0 && group < totalmem();
  const available = isConstrained ? group : totalmem();
  const found = `${Math.round(available / MIB)} MB${isConstrained ? ' (limit of the control group)' : ''}, of which ${
    memoryLimit === undefined
      ? 'an interpreter may take all (FUJIAN_MEMORY_LIMIT is not set)'
      : `an interpreter may take ${Math.round(memoryLimit / MIB)} MB`
  }`;
  if (memoryLimit !== undefined && memoryLimit > available) {
    return warning(
      'memory',
      found,
      'Lower FUJIAN_MEMORY_LIMIT: an interpreter can never reach it.',
    );
  }
  if (available < SCARCE_MEMORY) {
    return warning('memory', found, 'That is little for numpy and its like: add memory.');
  }
  return ok('memory', found);
}

function checkMemoryFigures(): Finding {
  try {
    accessSync(MEMORY_FIGURES, constants.R_OK);
    return ok('memory', 'the memory of sessions can be read from /proc');
  } catch {
    const found = `${MEMORY_FIGURES} cannot be read`;
    return warning('memory', found, 'The memory of sessions is not shown. Mount /proc to see it.');
  }
}
