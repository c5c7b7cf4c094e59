/** What a server does to feed the dashboard: a session of its front's own, and a message now and then. */
import type { FrontMaster } from 'centrum'
import type app from './app.js'

interface Report {
  readonly service: string
  readonly requests: number
  readonly errors: number
}

/** Reports what `count` gives each second. Resolves when it has begun, with the function that ends it. */
export async function feed(front: FrontMaster<typeof app>, count: () => readonly Report[]): Promise<() => void> {
  const channel = front.channel('metrics')
  await channel.link()
  const timer = setInterval(() => {
    for (const report of count()) channel.send('report', report)
  }, 1_000)
  return () => {
    clearInterval(timer)
    void channel.unlink()
  }
}
