import type { DynamicModule, ModuleMetadata } from '@nestjs/common';

/** Where a protocol is in an application, who guards it, and which Python is behind it. */
export interface MountOptions {
  /** What its paths begin with, those of its WebSockets too. Default: nothing. */
  readonly path?: string | undefined;
  /**
   * An `AccessModule.register()`, which says who may come in. Default: one without options. Give the same, from a
   * constant, to protocols that are to have one policy.
   */
  readonly access?: DynamicModule | undefined;
  /** The name of the Python, as in `ExecutionModule.forRoot({ name })`. Default: the unnamed one. */
  readonly python?: string | undefined;
  /** Where the Python comes from, if its `ExecutionModule` is not global. */
  readonly imports?: ModuleMetadata['imports'] | undefined;
}

/** As `ConfigurableModuleBuilder` wants it: every member is there. */
export const MOUNT_DEFAULTS: Required<MountOptions> = {
  path: undefined,
  access: undefined,
  python: undefined,
  imports: undefined,
};
