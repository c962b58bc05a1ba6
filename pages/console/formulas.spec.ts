import { describe, expect, it } from 'vitest';
import { htmlOfLatex, htmlOfMarkdown } from './formulas.js';

describe('Markdown', () => {
  it('has formulas in its text', () => {
    const html = htmlOfMarkdown('With $e^{i\\pi} = -1$ and **bold**, for $5 or $6.');
    expect(html).toMatch(/^<p>With <math>.*<\/math> and <strong>bold<\/strong>, for \$5 or \$6\./);
  });

  it('has formulas of their own', () => {
    const html = htmlOfMarkdown('Text\n\n$$\n\\frac{a}{b}\n$$\n\nmore `$x$`');
    expect(html).toMatch(/<p>Text<\/p>\s*<math display="block".*<mfrac>.*<code>\$x\$<\/code>/s);
  });

  it('leaves all other text as it is', () => {
    expect(htmlOfMarkdown('$\\frac{a$')).toContain('\\frac{a');
    expect(htmlOfLatex('$\\frac{a$')).toContain('\\frac{a');
  });
});

describe('LaTeX', () => {
  it.each([
    ['a formula between dollars', '$x^2$'],
    ['between two', '$$x^2$$'],
    ['in the form of IPython.display.Math', '$\\displaystyle x^2$'],
    ['without any', 'x^2'],
  ])('is %s', (_, latex) => {
    expect(htmlOfLatex(latex)).toMatch(
      /^<math display="block".*<msup><mi>x<\/mi><mn\b.*>2<\/mn><\/msup>/,
    );
  });

  it('is text with formulas', () => {
    expect(htmlOfLatex('so $x$ it is')).toMatch(/^<p>so <math>.*<\/math> it is/);
  });
});
