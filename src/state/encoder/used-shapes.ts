/** Which shapes anything that is published still has: a walk over all of it, made when there are many. */
import type { HOLE } from '../shadow/shadow.js'
import { isShadow, type Published, type WireShape } from '../shadow/shadow.js'

export function usedShapes(published: Published): Set<WireShape> {
  const used = new Set<WireShape>()
  visit(published, used)
  return used
}

function visit(published: Published | typeof HOLE, used: Set<WireShape>): void {
  if (!isShadow(published) || published.sort === 'bytes') return
  if (published.sort === 'struct') {
    used.add(published.shape.wire)
    for (let i = 0; i < published.shape.keys.length; i++) visit(published.get(i), used)
  } else {
    for (const inner of published.sort === 'list' ? published.items : published.values) visit(inner, used)
  }
}
