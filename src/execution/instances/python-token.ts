import { Inject, type InjectionToken } from '@nestjs/common';
import { PythonInterpreterService } from '../python-interpreter.service.js';

/**
 * By which a `PythonInterpreterService` is injected: the class itself for the unnamed one. A named one has no part
 * in the class, so that whoever injects by class never gets one of several.
 */
export function getPythonToken(name?: string): InjectionToken<PythonInterpreterService> {
  return name === undefined ? PythonInterpreterService : `PythonInterpreterService:${name}`;
}

/** Injects the `PythonInterpreterService` of `ExecutionModule.forRoot({ name })`, or the unnamed one. */
export function InjectPython(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPythonToken(name));
}
