import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import type { Schemas } from '../template/schema-place.js';
import { Allowance, type Format } from './allowance.js';
import { isScalar, RENDER_LIMITS, type Block, type Rendered, type RenderLimits } from './blocks.js';
import { headlineOf, type FoundHeadline } from './headline.js';
import { inlineText, isFlat, orderedNames, scalarText } from './inline.js';
import { labelOf } from './label.js';
import { schemaView, type SchemaView } from './schema-view.js';

/** A table with more columns, or with wider cells, is read worse than a list. */
const MOST_COLUMNS = 7;
const MAX_CELL = 160;
const MAX_IN_FIRST_LINE = 80;
/** Sections deeper than this have no heading of their own. */
const DEEPEST_HEADING = 1;

/**
 * An artifact as blocks that can be written as Markdown or as HTML, as many as fit into the limit. It knows no single schema, and takes any value: of
 * one that does not satisfy its schema it shows what is there. It takes linear time.
 *
 * @param schemas - the artifact's schema and all that it refers to, by `$id`
 * @param value - any JSON value
 */
export function artifactBlocks(
  schemas: Schemas,
  schemaId: string,
  value: JsonValue,
  format: Format,
  limits: Partial<RenderLimits> = {},
): Rendered {
  const root = schemaView(schemas, schemaId);
  const { taken, ...headline } = headlineOf(value, root);
  const builder = new Builder({ ...RENDER_LIMITS, ...limits }, format, taken);
  const blocks = [...builder.headline(headline), ...builder.document(value, root)];
  if (builder.allowance.cut) blocks.push({ kind: 'note', text: 'The rest is left out here.' });
  return { headline, blocks, cut: builder.allowance.cut };
}

class Builder {
  readonly allowance: Allowance;

  constructor(
    private readonly limits: RenderLimits,
    format: Format,
    private readonly taken: FoundHeadline['taken'],
  ) {
    this.allowance = new Allowance(limits.bytes, format);
  }

  headline({ verdict, summary }: Rendered['headline']): Block[] {
    const blocks: Block[] = [];
    if (verdict && this.allowance.block()) {
      const { name, value } = verdict;
      blocks.push({ kind: 'verdict', name: labelOf(name), value: this.allowance.take(value) });
    }
    if (summary !== null) blocks.push(...this.text(summary));
    return blocks;
  }

  document(value: JsonValue, view: SchemaView): Block[] {
    return isJsonObject(value) ? this.members(value, view, 0) : this.value(value, view, 0);
  }

  private members(value: JsonObject, view: SchemaView, depth: number): Block[] {
    const taken = this.taken.get(value);
    const blocks: Block[] = [];
    for (const name of orderedNames(value, view)) {
      if (taken?.has(name)) continue;
      if (!this.allowance.block()) break;
      const child = view.child(name);
      blocks.push(...this.member(this.allowance.take(child.title ?? labelOf(name)), value[name] ?? null, child, depth));
    }
    return blocks;
  }

  private member(label: string, value: JsonValue, view: SchemaView, depth: number): Block[] {
    const inline = inlineText(value, view);
    if (inline !== null) return [{ kind: 'field', label, text: this.allowance.take(inline) }];
    if (depth > DEEPEST_HEADING && typeof value === 'string')
      return [{ kind: 'field', label, text: this.allowance.take(value) }];
    const title: Block =
      depth > DEEPEST_HEADING ? { kind: 'field', label, text: '' } : { kind: 'heading', depth, text: label };
    return [title, ...this.value(value, view, depth + 1)];
  }

  private value(value: JsonValue, view: SchemaView, depth: number): Block[] {
    if (isScalar(value)) return this.text(scalarText(value));
    if (depth > this.limits.depth) {
      this.allowance.cut = true;
      return [{ kind: 'note', text: 'What is nested deeper is left out here.' }];
    }
    if (Array.isArray(value)) return this.list(value, view, depth);
    const members = this.members(value, view, depth);
    return depth > DEEPEST_HEADING + 1 && members.length > 0 ? [{ kind: 'list', items: [members] }] : members;
  }

  private list(all: readonly JsonValue[], view: SchemaView, depth: number): Block[] {
    const shown = all.slice(0, this.limits.rows);
    const block = this.table(shown, view) ?? { kind: 'list', items: this.items(shown, view, depth) };
    const left = all.length - (block.kind === 'table' ? block.rows.length : block.items.length);
    if (left === 0) return [block];
    this.allowance.cut = true;
    return [block, { kind: 'note', text: `${left} more ${left === 1 ? 'is' : 'are'} left out here.` }];
  }

  /** Null where a list is easier to read. */
  private table(rows: readonly JsonValue[], list: SchemaView): Extract<Block, { kind: 'table' }> | null {
    const view = list.child('0');
    if (rows.length === 0 || !rows.every((row) => isFlat(row, view))) return null;
    const names = new Set(view.names.filter((name) => rows.some((row) => Object.hasOwn(row, name))));
    for (const row of rows) for (const name of Object.keys(row)) if (names.size <= MOST_COLUMNS) names.add(name);
    if (names.size > MOST_COLUMNS || names.size === 0) return null;
    const columns = [...names];
    const cell = (row: JsonObject, name: string): string => inlineText(row[name] ?? null, view.child(name)) ?? '';
    if (rows.some((row) => columns.some((name) => Object.hasOwn(row, name) && cell(row, name).length > MAX_CELL)))
      return null;
    const head = columns.map((name) => this.cell(view.child(name).title ?? labelOf(name)));
    const shown: string[][] = [];
    for (const row of rows) {
      if (this.allowance.cut) break;
      shown.push(columns.map((name) => this.cell(Object.hasOwn(row, name) ? cell(row, name) : '')));
    }
    return { kind: 'table', head, rows: shown };
  }

  private cell(text: string): string {
    return this.allowance.block() ? this.allowance.take(text) : '';
  }

  private items(values: readonly JsonValue[], list: SchemaView, depth: number): Block[][] {
    const items: Block[][] = [];
    for (const [index, value] of values.entries()) {
      if (!this.allowance.block()) break;
      const view = list.child(String(index));
      items.push(isJsonObject(value) ? this.card(value, view, depth) : this.value(value, view, depth + 1));
    }
    return items;
  }

  /** An object as an item of a list: its short members in the first line, the longer ones below it. */
  private card(value: JsonObject, view: SchemaView, depth: number): Block[] {
    const short: string[] = [];
    const long: Block[] = [];
    for (const name of orderedNames(value, view)) {
      if (!this.allowance.block()) break;
      const child = view.child(name);
      const label = this.allowance.take(child.title ?? labelOf(name));
      const member = value[name] ?? null;
      const inline = inlineText(member, child);
      if (inline !== null && inline.length <= MAX_IN_FIRST_LINE)
        short.push(short.length === 0 ? inline : `${label}: ${inline}`);
      else long.push(...this.member(label, member, child, Math.max(depth, DEEPEST_HEADING) + 1));
    }
    const first = short.length === 0 ? [] : this.text(short.join(' · '));
    return [...first, ...long];
  }

  private text(text: string): Block[] {
    return this.allowance.block() ? [{ kind: 'text', text: this.allowance.take(text) }] : [];
  }
}
