import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: {
    // The window is WebKitGTK 2.40 or newer, WebView2 or WKWebView of macOS 13.
    target: ["safari16", "chrome111"],
    // One piece, and most of it React and Mantine: it comes from the binary, not from a network.
    chunkSizeWarningLimit: 1_200,
  },
});
