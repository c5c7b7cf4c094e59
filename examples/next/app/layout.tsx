import type { ReactNode } from 'react'
import { Connection } from './centrum'

export const metadata = { title: 'centrum and Next' }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body style={{ colorScheme: 'light dark', fontFamily: 'system-ui', margin: '2rem' }}>
        <Connection>{children}</Connection>
      </body>
    </html>
  )
}
