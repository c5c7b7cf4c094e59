/** The lobby as Vue sees it: an immutable snapshot, replaced when something changed. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { type ChannelLink, connect } from 'centrum/client'
import type app from '../app.js'
import type { lobby } from '../app.js'

type Lobby = ChannelLink<typeof lobby>

export function useLobby(name: string) {
  const connection = connect<typeof app>('/play')
  const link = shallowRef<Lobby>()
  // `link.state` is one object that changes in place, which Vue would not notice.
  const state = shallowRef<ReturnType<Lobby['snapshot']>>()
  const status = ref<string>('connecting')
  const error = ref<string>()
  onScopeDispose(() => void connection.close())

  connection.link('lobby', { options: { name } }).then(
    (linked) => {
      link.value = linked
      state.value = linked.snapshot()
      status.value = linked.status
      linked.onChange(() => (state.value = linked.snapshot()))
      linked.onStatus((now) => (status.value = now))
    },
    (reason: Error) => (error.value = reason.message),
  )
  return { connection, link, state, status, error }
}
