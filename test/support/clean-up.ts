/** What a test started, ended in reverse when it is over: clients before the servers that they are connected to. */
import type { TestContext } from 'node:test'

const stacks = new WeakMap<TestContext, (() => unknown)[]>()

export function cleanUp(t: TestContext, end: () => unknown): void {
  const known = stacks.get(t)
  if (known) {
    known.push(end)
    return
  }
  const stack = [end]
  stacks.set(t, stack)
  t.after(async () => {
    for (let next = stack.pop(); next; next = stack.pop()) await next()
  })
}
