import { marked, type TokenizerAndRendererExtension } from 'marked';
import temml from 'temml';

/**
 * Converts LaTeX to MathML, which browsers render by themselves. Unreadable LaTeX is shown as it
 * is, in red.
 */
function mathOf(latex: string, isBlock: boolean): string {
  return temml.renderToString(latex, { displayMode: isBlock, throwOnError: false });
}

const formula = (
  name: string,
  level: 'block' | 'inline',
  rule: RegExp,
): TokenizerAndRendererExtension => ({
  name,
  level,
  // Where a formula may begin: a block formula ends the paragraph before it.
  start: (source) => source.search(level === 'block' ? /^\$\$/m : /\$/),
  tokenizer: (source) => {
    const match = rule.exec(source);
    return match ? { type: name, raw: match[0], latex: match[1] } : undefined;
  },
  renderer: ({ latex }) => mathOf(latex as string, level === 'block'),
});

marked.use({
  extensions: [
    formula('block-formula', 'block', /^\$\$([^$]+)\$\$(?:\n|$)/),
    formula('formula', 'inline', /^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/),
  ],
});

/** Converts Markdown to HTML that may hold anything: show it in a frame. */
export function htmlOfMarkdown(markdown: string): string {
  return marked.parse(markdown, { async: false });
}

/**
 * Converts the output of `Latex` and `Math` of IPython: formulas between dollars, or text with
 * some.
 */
export function htmlOfLatex(latex: string): string {
  const alone = /^\s*(\$\$?)([^$]+)\1\s*$/.exec(latex);
  if (alone) return mathOf(alone[2]!.replace(/^\\displaystyle\s*/, ''), true);
  return latex.includes('$') ? htmlOfMarkdown(latex) : mathOf(latex, true);
}
