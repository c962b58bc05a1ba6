import { Inject, type InjectionToken } from '@nestjs/common';
import { PythonInterpreterService } from '../python-interpreter.service.js';

/**
 * Returns the injection token of a `PythonInterpreterService`: the class itself for the unnamed
 * one. A named one is not injectable by class, so that an injection by class is never ambiguous.
 */
export function getPythonToken(name?: string): InjectionToken<PythonInterpreterService> {
  return name === undefined ? PythonInterpreterService : `PythonInterpreterService:${name}`;
}

/** Injects the `PythonInterpreterService` of that name, or the unnamed one. */
export function InjectPython(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPythonToken(name));
}
