import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { atPointer } from '../domain/text/json-pointer.js';

/** A schema, with the ways to find what its references mean. */
export class SchemaDocument {
  readonly #root: JsonObject;
  readonly #embedded = new Map<string, JsonObject>();

  constructor(root: JsonObject) {
    this.#root = root;
    this.#collect(root);
  }

  /**
   * The schema that a `$ref` leads to; undefined where it leads out of the document. A pointer is read from the root,
   * or from the embedded schema with the `$id` before the `#`.
   */
  resolve(ref: string): JsonValue | undefined {
    const [id = '', fragment = ''] = ref.split('#');
    const resource = id === '' ? this.#root : this.#embedded.get(id);
    if (!resource || fragment === '') return resource;
    if (fragment.startsWith('/')) return atPointer(resource, decodeURIComponent(fragment));
    return this.#embedded.get(`#${fragment}`);
  }

  #collect(value: JsonValue): void {
    if (Array.isArray(value)) return value.forEach((member) => this.#collect(member));
    if (!isJsonObject(value)) return;
    if (typeof value.$id === 'string') this.#embedded.set(value.$id, value);
    if (typeof value.$anchor === 'string') this.#embedded.set(`#${value.$anchor}`, value);
    for (const member of Object.values(value)) this.#collect(member);
  }
}
