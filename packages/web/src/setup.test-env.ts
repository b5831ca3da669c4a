/** What jsdom lacks of a browser, as little of it as the screens need. */
import * as matchers from "@testing-library/jest-dom/matchers"
import { cleanup } from "@solidjs/testing-library"
import { afterEach, expect } from "vitest"

expect.extend(matchers)

afterEach(cleanup)

globalThis.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: true, onchange: null }) as unknown as MediaQueryList
globalThis.ResizeObserver = class implements ResizeObserver {
  readonly #told: ResizeObserverCallback
  constructor(told: ResizeObserverCallback) {
    this.#told = told
  }
  observe() {
    this.#told([], this)
  }
  unobserve() {}
  disconnect() {}
}
Element.prototype.scrollIntoView = () => {}
HTMLDialogElement.prototype.showModal = function () {
  this.open = true
  this.querySelector<HTMLElement>("[autofocus]")?.focus()
}
HTMLDialogElement.prototype.close = function () {
  if (!this.open) return
  this.open = false
  this.dispatchEvent(new Event("close"))
}
