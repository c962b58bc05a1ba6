export { CodeInterpreterModule } from './protocols/code-interpreter/code-interpreter.module.js';
export type { CodeInterpreterOptions } from './protocols/code-interpreter/code-interpreter-options.js';
export { AccessOptionsError, DuplicateProtocolError } from './errors/application-errors.js';
export type { MountOptions } from './http/mounting/mount-options.js';
export { AccessModule, type AccessModuleExtras } from './access/access.module.js';
export type { AccessOptions } from './access/access-options.js';
export { AccessPolicy, type TokenVerdict } from './access/access-policy.js';
export type {
  AccessDecision,
  AccessGrant,
  AccessRefusal,
  AccessRequest,
  RequestPurpose,
} from './access/access-request.js';
export { AccessGuard } from './access/access.guard.js';
export { AccessPurpose } from './access/access-purpose.decorator.js';
export { AccessDeniedException } from './access/access-denied.exception.js';
export { ACCESS_OPTIONS, type AccessCode } from './access/access.constants.js';
