#!/usr/bin/env node
// Not compiled: it is executable as it is, whatever builds the rest.
import { runProgram } from '../dist/src/command-line/program.js';

process.exitCode = await runProgram(process.argv.slice(2));
