/** The child's side: answers what the bench asks over Node's channel, and ends with it. */

export interface Question {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

export function answer(face: object): void {
  process.on('message', (question: Question) => void respond(face, question))
  process.on('disconnect', () => process.exit())
}

async function respond(face: object, { id, name, args }: Question): Promise<void> {
  const tell = (answer: Answer): void => void process.send?.(answer)
  try {
    const asked = (face as Record<string, (...args: readonly unknown[]) => unknown>)[name]
    if (asked === undefined) throw new Error(`nothing answers '${name}'`)
    tell({ id, value: await asked.call(face, ...args) })
  } catch (error) {
    tell({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}
