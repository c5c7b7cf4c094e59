import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // One script, one style sheet: there is nothing to load ahead.
  build: { outDir: 'dist/page', modulePreload: { polyfill: false } },
  // The page connects to its own address, here as in production.
  server: { proxy: { '/play': { target: 'http://127.0.0.1:8080', ws: true } } },
})
