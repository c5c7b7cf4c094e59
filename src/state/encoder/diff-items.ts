/**
 * What changed of the items of a collection or list that stayed where they are. Most are structs of one shape in a row and the same objects as
 * before: the code of their shape goes through them by itself. Knows nothing of which items came or went.
 */
import { type HOLE, isShadow, isStruct, type Published, type Run, samePrimitive } from '../shadow/shadow.js'
import type { Differ } from './differ.js'

/** Writes the change of one item that is no such struct, if it changed. */
export type DiffItem<R extends Run> = (c: Differ, run: R, i: number) => void

export function diffItems<R extends Run>(c: Differ, run: R, from: number, to: number, diffItem: DiffItem<R>): void {
  const { items, objects } = run
  let i = from
  while (i < to) {
    const item = items[i]
    if (isStruct(item)) {
      const { shape } = item
      c.enter()
      const end = shape.code.diffRun(c, run, i, to, shape)
      c.leave()
      if (end > i) {
        i = end
        continue
      }
    } else if (!isShadow(item) && (objects === undefined || isSame(objects[i], item))) {
      i++
      continue
    }
    diffItem(c, run, i)
    i++
  }
}

/** Whether a primitive is as it was published. Nothing stands in a hole. */
function isSame(value: unknown, item: Published | typeof HOLE): boolean {
  return typeof item === 'symbol' || samePrimitive(value, item)
}
