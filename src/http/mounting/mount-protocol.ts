import type { DynamicModule, Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { AccessModule } from '../../access/access.module.js';
import { getPythonToken } from '../../execution/instances/python-token.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import type { MountOptions } from './mount-options.js';
import { MOUNT_PATH, mountPath } from './mount-path.js';
import { MountedProtocolsModule } from './mounted-protocols.js';

/** Mounts a protocol at its path, with its own policy and Python. */
export function mountProtocol(definition: DynamicModule, options: MountOptions): DynamicModule {
  const { access = AccessModule.register(), python, imports = [] } = options;
  const path = mountPath(options.path);
  // Nest keeps the path of a module with its class, so each path needs a class of its own.
  const module = path === '' ? definition.module : subclassOf(definition.module);
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

/** Returns a subclass with the same name, for logs. It inherits the metadata of the class. */
function subclassOf<Class extends Type<unknown>>(original: Class): Class {
  const { [original.name]: namesake } = { [original.name]: class extends (original as Type) {} };
  return namesake as Class;
}
