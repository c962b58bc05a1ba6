import type { DynamicModule, ModuleMetadata } from '@nestjs/common';

/** Where a protocol is mounted, which policy guards it, and which Python runs its code. */
export interface MountOptions {
  /** Prefix of its paths, WebSockets included. Default: none. */
  readonly path?: string | undefined;
  /**
   * An `AccessModule.register()`, which decides who may come in. Default: one without options. To
   * share a policy between protocols, keep one in a constant and give it to both.
   */
  readonly access?: DynamicModule | undefined;
  /** The name of the Python, as in `ExecutionModule.forRoot({ name })`. Default: the unnamed one. */
  readonly python?: string | undefined;
  /** Modules that provide the Python, if its `ExecutionModule` is not global. */
  readonly imports?: ModuleMetadata['imports'] | undefined;
}

/** Defaults for `ConfigurableModuleBuilder`, which needs every member. */
export const MOUNT_DEFAULTS: Required<MountOptions> = {
  path: undefined,
  access: undefined,
  python: undefined,
  imports: undefined,
};
