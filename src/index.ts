export { ExecutionModule } from './execution/execution.module.js';
export { PythonInterpreterService } from './execution/python-interpreter.service.js';
