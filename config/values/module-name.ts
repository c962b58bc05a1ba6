const MODULE_NAME = /^[\p{ID_Start}_]\p{ID_Continue}*(?:\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u;

/** The dotted name of a Python module. */
export function moduleName(name: string): string | undefined {
  return MODULE_NAME.test(name) ? name : undefined;
}
