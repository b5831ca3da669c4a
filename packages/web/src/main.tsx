import { render } from "solid-js/web"
import { App } from "./App.tsx"

// a tab that was open during an upgrade asks for files that are gone
addEventListener("vite:preloadError", () => location.reload())

render(() => <App />, document.getElementById("root")!)
