/** A value as errors show it: short, and with its type where that is easily taken for another. */

/** `'8070', a string`, `70000`, `an array of 3`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'missing'
    case 'string':
      return `'${value.length > 64 ? `${value.slice(0, 64)}…` : value}', a string`
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`
      return `an object with ${namesOf(value)}`
    case 'function':
      return value.name === '' ? 'a function without a name' : `the function ${value.name}`
    case 'bigint':
    case 'symbol':
      return `the ${typeof value} ${String(value)}`
    default:
      return String(value)
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function namesOf(value: object): string {
  const names = Object.keys(value)
  if (names.length === 0) return 'no properties'
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
