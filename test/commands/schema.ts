/** The part of JSON Schema that docs/schemas uses: type, const, enum, anyOf, required, properties, additionalProperties, items. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

const words = new Set(['type', 'const', 'enum', 'anyOf', 'required', 'properties', 'additionalProperties', 'items']);
const titles = new Set(['$schema', '$id', 'title', 'description']);

/** What does not fit, as `path: why`; a word of a schema that is not known here does not fit either. */
export function misfits(value: unknown, schema: Schema, path = '$'): string[] {
  const unknown = Object.keys(schema).filter(word => !words.has(word) && !titles.has(word));
  if (unknown.length > 0) return [`${path}: the schema says ${unknown.join(', ')}`];
  if (schema.anyOf && !schema.anyOf.some(one => misfits(value, one, path).length === 0)) {
    return [
      `${path}: none of ${schema.anyOf.length}: ${schema.anyOf.flatMap(one => misfits(value, one, path)).join('; ')}`,
    ];
  }
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const kinds = [kind, ...(Number.isInteger(value) ? ['integer'] : [])];
  if (schema.type !== undefined && ![schema.type].flat().some(type => kinds.includes(type))) {
    return [`${path}: ${kind} in the place of ${[schema.type].flat().join(' or ')}`];
  }
  if ('const' in schema && value !== schema.const) return [`${path}: ${JSON.stringify(value)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${path}: ${JSON.stringify(value)}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => misfits(item, items, `${path}[${index}]`)) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const missing = (schema.required ?? []).filter(name => !(name in value)).map(name => `${path}.${name}: missing`);
  const members = Object.entries(value).flatMap(([name, member]) => {
    const own = schema.properties?.[name] ?? schema.additionalProperties;
    return own ? misfits(member, own, `${path}.${name}`) : [];
  });
  return [...missing, ...members];
}
