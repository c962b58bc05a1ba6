import { readFileSync } from 'node:fs';

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** Returns the fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const markdown = readFileSync(page, 'utf8');
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

export interface Example {
  readonly code: string;
  /** The outcome on the page: the block that follows. */
  readonly outcome: string;
}

/** Returns the blocks of a language that are followed by an outcome, JSON or text. */
export function examplesOf(page: string, language: string): Example[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    const isFollowed = next?.language === 'json' || next?.language === 'text';
    return block.language === language && isFollowed
      ? [{ code: block.text, outcome: next.text }]
      : [];
  });
}
