export { ConsoleModule } from './pages/console/console.module.js';
export { FujianModule, type FujianModuleExtras } from './protocols/fujian/fujian.module.js';
export type { FujianOptions } from './protocols/fujian/fujian-options.js';
export { WebSocketAdapterError } from './errors/application-errors.js';
export { GuardedWsAdapter } from './http/websocket/guarded-ws.adapter.js';
export {
  ACCESS_OPTIONS,
  type AccessCode,
  AccessDeniedException,
  AccessGuard,
  AccessModule,
  type AccessModuleExtras,
  type AccessDecision,
  type AccessGrant,
  type AccessOptions,
  AccessOptionsError,
  AccessPolicy,
  AccessPurpose,
  type AccessRefusal,
  type AccessRequest,
  CodeInterpreterModule,
  type CodeInterpreterOptions,
  DuplicateProtocolError,
  type MountOptions,
  type RequestPurpose,
  type TokenVerdict,
} from './code-interpreter.js';
