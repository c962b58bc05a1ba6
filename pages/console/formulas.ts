import { marked, type TokenizerAndRendererExtension } from 'marked';
import temml from 'temml';

/** LaTeX as MathML, which browsers show by themselves. What cannot be read is shown as it is, in red. */
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
  // Where one may begin: a paragraph ends there, if it is a block.
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

/** HTML that may hold anything: for a frame. */
export function htmlOfMarkdown(markdown: string): string {
  return marked.parse(markdown, { async: false });
}

/** What `Latex` and `Math` of IPython give: formulas between dollars, or text with some. */
export function htmlOfLatex(latex: string): string {
  const alone = /^\s*(\$\$?)([^$]+)\1\s*$/.exec(latex);
  if (alone) return mathOf(alone[2]!.replace(/^\\displaystyle\s*/, ''), true);
  return latex.includes('$') ? htmlOfMarkdown(latex) : mathOf(latex, true);
}
