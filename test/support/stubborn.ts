/** Python code; `here` is where it tells the test how far it is. */
export type Code = (here: string) => string;

/**
 * Code that no interrupt ends. It may come anywhere behind `here`: it is caught wherever it comes.
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
