import type { DynamicModule, Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { AccessModule } from '../../access/access.module.js';
import { getPythonToken } from '../../execution/instances/python-token.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import type { MountOptions } from './mount-options.js';
import { MOUNT_PATH, mountPath } from './mount-path.js';
import { MountedProtocolsModule } from './mounted-protocols.js';

/** Puts a protocol at its path, with the policy and the Python that are its own. */
export function mounted(definition: DynamicModule, options: MountOptions): DynamicModule {
  const { access = AccessModule.register(), python, imports = [] } = options;
  const path = mountPath(options.path);
  // Nest keeps the path of a module with its class: each path needs one of its own.
  const module = path === '' ? definition.module : namesakeOf(definition.module);
  const route = path === '' ? [] : [RouterModule.register([{ path, module }])];
  const alias =
    python === undefined
      ? []
      : [{ provide: PythonInterpreterService, useExisting: getPythonToken(python) }];
  return {
    ...definition,
    module,
    imports: [...(definition.imports ?? []), ...imports, access, MountedProtocolsModule, ...route],
    providers: [...(definition.providers ?? []), ...alias, { provide: MOUNT_PATH, useValue: path }],
  };
}

/** A class like another, with what is known of that, under the name that it has in logs. */
export function namesakeOf<Class extends Type<unknown>>(original: Class): Class {
  const { [original.name]: namesake } = { [original.name]: class extends (original as Type) {} };
  return namesake as Class;
}
