/** Makes Python code; `here` is the expression of the checkpoint. */
export type Code = (here: string) => string;

/**
 * Makes code that no interrupt ends: it catches an interrupt anywhere after `here`.
 *
 * @param statement may use hashlib, os and signal.
 */
export function stubborn(statement: string): Code {
  return (here) => `import hashlib, os, signal
is_first = True
while True:
    try:
        try:
            if is_first:
                is_first = False
                ${here}
            ${statement}
        except BaseException: int()
    except BaseException: pass`;
}
