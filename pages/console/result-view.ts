import { element } from '../shared/element.js';
import { htmlOfLatex, htmlOfMarkdown } from './formulas.js';
import { htmlView } from './html-view.js';
import { resultFrame } from './result-frame.js';
import { TerminalView } from './terminal/terminal-view.js';
import type { Forms } from './wire.js';

/** Characters beyond which a form is not shown, as the page would freeze. */
const LONGEST_HTML = 8_000_000;
const LONGEST_TEXT = 200_000;

/**
 * Shows a result in the richest of its forms that this page can render, or as text if that form is
 * unreadable.
 */
export function resultView(forms: Forms, title: string): HTMLElement {
  try {
    return richView(forms, title);
  } catch {
    return textView(forms.text ?? '');
  }
}

function richView(forms: Forms, title: string): HTMLElement {
  const { html, markdown, latex, svg, png, jpeg, json, pdf, text = '' } = forms;
  if (html !== undefined && html.length <= LONGEST_HTML) return htmlView(html, title);
  if (markdown !== undefined && markdown.length <= LONGEST_TEXT) {
    return resultFrame(htmlOfMarkdown(markdown), title);
  }
  // As an image, an SVG runs and loads nothing.
  if (svg !== undefined)
    return picture(`image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, text);
  if (png !== undefined) return picture(`image/png;base64,${png}`, text);
  if (jpeg !== undefined) return picture(`image/jpeg;base64,${jpeg}`, text);
  if (latex !== undefined && latex.length <= LONGEST_TEXT) {
    return resultFrame(htmlOfLatex(latex), title);
  }
  if (json !== undefined) return textView(JSON.stringify(json, null, 2));
  if (pdf !== undefined) {
    const href = `data:application/pdf;base64,${pdf}`;
    return element('a', { href, download: 'result.pdf' }, 'Save the PDF');
  }
  return textView(text);
}

function picture(data: string, text: string): HTMLElement {
  const alt = text === '' ? 'A picture' : text;
  return element('img', { className: 'picture', src: `data:${data}`, alt });
}

function textView(text: string): HTMLElement {
  const view = new TerminalView();
  view.write('stdout', text.slice(0, LONGEST_TEXT));
  const rest = text.length - LONGEST_TEXT;
  if (rest > 0) view.write('stdout', `\n… ${rest.toLocaleString('en')} more characters`);
  return view.element;
}
