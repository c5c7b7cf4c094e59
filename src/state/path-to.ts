/** Where in a state something is: a search that only failures pay. */
import { pathOf } from '../value/encode-error.js'
import { isShadow, type Published, type RecordShadow } from './shadow.js'

/** The path of a record below `root`, or undefined if it is not there. */
export function pathTo(root: Published, wanted: RecordShadow, path = '$'): string | undefined {
  if (!isShadow(root) || root.sort === 'bytes') return undefined
  if (root === wanted) return path
  if (root.sort === 'struct') {
    return firstOf(root.shape.keys, (key, i) => pathTo(root.get(i), wanted, pathOf(path, key)))
  }
  if (root.sort === 'list') return firstOf(root.items, (item, i) => pathTo(item, wanted, pathOf(path, i)))
  return firstOf(root.values, (value, slot) => {
    return typeof value === 'symbol' ? undefined : pathTo(value, wanted, pathOf(path, root.keys[slot] as string))
  })
}

function firstOf<T>(among: readonly T[], find: (each: T, i: number) => string | undefined): string | undefined {
  for (let i = 0; i < among.length; i++) {
    const found = find(among[i] as T, i)
    if (found !== undefined) return found
  }
  return undefined
}
