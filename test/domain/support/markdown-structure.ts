import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** What is neither words nor one of our own building blocks: none of it may come from a text from outside. */
const LIVE = new Set([
  'link',
  'linkReference',
  'image',
  'imageReference',
  'definition',
  'html',
  'footnoteReference',
  'footnoteDefinition',
]);

/**
 * Reads Markdown as GitHub and Temporal Web do (CommonMark with tables, strikethrough and links that are only spelled
 * out), and gives its nodes as one line of structure, the texts left out: `root(paragraph(text strong(text)))`.
 */
export function structureOf(markdown: string): string {
  return shape(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
}

/** The nodes that a reader could click, load or run. */
export function liveNodes(markdown: string): string[] {
  return structureOf(markdown)
    .split(/[() ]/)
    .filter((type) => LIVE.has(type));
}

function shape(node: Nodes): string {
  if (!('children' in node)) return node.type;
  return `${node.type}(${node.children.map((child) => shape(child)).join(' ')})`;
}
