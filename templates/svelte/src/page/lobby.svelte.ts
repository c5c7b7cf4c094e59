/** The lobby as Svelte sees it: an immutable snapshot, replaced when something changed. */
import { type ChannelLink, connect } from 'centrum/client'
import type app from '../app.js'
import type { lobby } from '../app.js'

type Link = ChannelLink<typeof lobby>

export class Lobby {
  readonly connection = connect<typeof app>('/play')
  link = $state.raw<Link>()
  // `link.state` is one object that changes in place, which Svelte would not notice.
  state = $state.raw<ReturnType<Link['snapshot']>>()
  status = $state('connecting')
  error = $state<string>()

  constructor(name: string) {
    this.connection.link('lobby', { options: { name } }).then(
      (link) => {
        this.link = link
        this.state = link.snapshot()
        this.status = link.status
        link.onChange(() => (this.state = link.snapshot()))
        link.onStatus((now) => (this.status = now))
      },
      (reason: Error) => (this.error = reason.message),
    )
  }

  close(): void {
    void this.connection.close()
  }
}
