import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completeAnyWord,
  type Completion,
  type CompletionContext,
  completionKeymap,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { NONCE } from './nonce.js';
import type { Completions } from './wire.js';

/** Text before the cursor that makes completions worth a request. */
const MAY_GO_ON = /[\w.]$|[['"]$|\b(?:import|from) $/;

/** The most completions that the service returns: then there may be more. */
const MOST_COMPLETIONS = 500;

export interface EditorActions {
  run(code: string): void;
  /** Returns undefined if the service cannot tell. */
  complete(code: string, cursor: number, signal: AbortSignal): Promise<Completions | undefined>;
}

export class Editor {
  readonly view: EditorView;
  private readonly earlier: string[] = [];
  private at = 0;

  constructor(private readonly actions: EditorActions) {
    this.view = new EditorView({
      extensions: [
        EditorView.cspNonce.of(NONCE),
        Prec.highest(
          keymap.of([
            { key: 'Shift-Enter', run: () => this.run() },
            { key: 'Mod-Enter', run: () => this.run() },
            { key: 'Alt-PageUp', run: () => this.recall(-1) },
            { key: 'Alt-PageDown', run: () => this.recall(1) },
          ]),
        ),
        keymap.of([
          ...completionKeymap,
          ...closeBracketsKeymap,
          ...historyKeymap,
          indentWithTab,
          ...defaultKeymap,
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentOnInput(),
        indentUnit.of('    '),
        bracketMatching(),
        closeBrackets(),
        python(),
        syntaxHighlighting(classHighlighter),
        autocompletion({ override: [(context) => this.completions(context)] }),
        placeholder('Python'),
        EditorState.allowMultipleSelections.of(true),
        EditorView.contentAttributes.of({
          'aria-label': 'Python code',
          'aria-describedby': 'editor-help',
        }),
      ],
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: { anchor: text.length },
      scrollIntoView: true,
    });
  }

  focus(): void {
    this.view.focus();
  }

  run(): boolean {
    const code = this.text;
    if (code.trim() === '') return true;
    if (this.earlier.at(-1) !== code) this.earlier.push(code);
    this.at = this.earlier.length;
    this.text = '';
    this.actions.run(code);
    return true;
  }

  private recall(step: number): boolean {
    this.at = Math.min(this.earlier.length, Math.max(0, this.at + step));
    this.text = this.earlier[this.at] ?? '';
    return true;
  }

  private async completions(context: CompletionContext): Promise<CompletionResult | null> {
    const { state, pos, explicit } = context;
    const before = state.doc.sliceString(Math.max(0, pos - 20), pos);
    if (!explicit && !MAY_GO_ON.test(before)) return null;
    const left = new AbortController();
    context.addEventListener('abort', () => left.abort());
    const found = await this.actions.complete(this.text, pos, left.signal);
    if (!found) return completeAnyWord(context);
    if (found.matches.length === 0) return null;
    const options: Completion[] = found.matches.map(({ text, kind }, index) => ({
      label: text,
      type: kind,
      boost: -index / 100,
    }));
    const isWhole = options.length < MOST_COMPLETIONS;
    return {
      from: found.start,
      to: found.end,
      options,
      ...(isWhole && { validFor: /^\w*$/ }),
    };
  }
}
