'use client'

/** The hooks, typed by the app, and the one connection of the page. */
import type { ReactNode } from 'react'
import { createHooks } from 'centrum/react'
import type channels from '../channels'

const { CentrumProvider, useLink, useChannelState } = createHooks<typeof channels>()
export { useLink, useChannelState }

export function Connection({ children }: { children: ReactNode }) {
  return <CentrumProvider url="/play">{children}</CentrumProvider>
}
