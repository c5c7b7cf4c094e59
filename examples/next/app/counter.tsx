'use client'

import { useChannelState, useLink } from './centrum'

export function Counter() {
  const { link, status, error } = useLink('counter')
  const count = useChannelState('counter', (state) => state.count, { initial: 0 })
  return (
    <p>
      <button id="add" type="button" disabled={!link} onClick={() => link?.send('add', 1)}>
        Add one
      </button>{' '}
      <output id="count">{count}</output> <span role="status">{error?.message ?? status}</span>
    </p>
  )
}
