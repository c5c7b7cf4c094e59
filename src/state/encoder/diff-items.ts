/**
 * What changed of the items of a collection or list that stayed where they are. Most are structs of one shape in a row and the same objects as
 * before: the code of their shape goes through them by itself. Knows nothing of which items came or went.
 */
import {
  type HOLE,
  isShadow,
  isStruct,
  type Published,
  type Run,
  samePrimitive,
  type Shape,
  type Shapes,
} from '../shadow/shadow.js'
import type { Differ } from './differ.js'

/** Writes the change of one item that is no such struct, if it changed. */
export type DiffItem<R extends Run> = (c: Differ, run: R, i: number) => void

export function diffItems<R extends Run>(c: Differ, run: R, from: number, to: number, diffItem: DiffItem<R>): void {
  const { items, objects } = run
  let i = from
  while (i < to) {
    const { shapes } = run.shadow
    const known = shapes?.[i]
    if (shapes !== undefined && known !== undefined) {
      const end = diffKnown(c, run, i, to, shapes, known)
      if (end > i) {
        i = end
        continue
      }
    }
    const item = items[i]
    if (isStruct(item)) {
      const { shape } = item
      c.enter()
      const end = shape.code.diffRun(c, run, i, to, shape)
      c.leave()
      if (end > i) {
        noteShapes(run, i, end, to, shape)
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

/**
 * Where shapes take turns, the shape of each item is noted. An engine is slow to ask objects of many classes for anything; the code of a
 * shape that is asked about its own only is quick, and finds out by itself if one is of another shape by now. Gives `from` then.
 */
function diffKnown(c: Differ, run: Run, from: number, to: number, shapes: Shapes, shape: Shape): number {
  let end = from + 1
  while (end < to && shapes[end] === shape) end++
  let i = from
  if (run.changedAt !== from) {
    i = shape.code.sameRun(c, run.objects, run.items, from, end, shape)
    if (i === end) return end
    run.changedAt = i
  }
  c.enter()
  const diffed = shape.code.diffRun(c, run, i, end, shape)
  c.leave()
  return diffed
}

/** A run of one item says that shapes take turns here. */
function noteShapes({ shadow, items }: Run, from: number, end: number, to: number, shape: Shape): void {
  if (shadow.shapes === undefined && (end > from + 1 || end === to)) return
  shadow.shapes ??= new Array<Shape | undefined>(items.length)
  for (let i = from; i < end; i++) shadow.shapes[i] = shape
}

/** Whether a primitive is as it was published. Nothing stands in a hole. */
function isSame(value: unknown, item: Published | typeof HOLE): boolean {
  return typeof item === 'symbol' || samePrimitive(value, item)
}
