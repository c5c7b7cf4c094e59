/** What a server does to feed the dashboard: a session of its front's own, and a message now and then. */
import type { FrontMaster } from 'centrum'
import type app from './app.js'

/** Reports what `count` says each second until the returned function is called. */
export function feed(
  front: FrontMaster<typeof app>,
  service: string,
  count: () => { requests: number; errors: number },
): () => void {
  const channel = front.channel('metrics')
  const timer = setInterval(() => channel.send('report', { service, ...count() }), 1_000)
  void channel.link()
  return () => {
    clearInterval(timer)
    void channel.unlink()
  }
}
