export default {
  build: {
    outDir: 'out/vite',
    modulePreload: false,
    rollupOptions: { input: 'page.js', output: { entryFileNames: 'page.js' } },
  },
}
