/** Icon: one stroke drawing of 24 × 24, decorative: whatever it stands for is said in words beside it. */
const drawings = {
  home: "M4 11 12 4l8 7M6 9.5V20h4.5v-5.5h3V20H18V9.5",
  list: "M4 6h16M4 12h16M4 18h10",
  gauge: "M4 17a8 8 0 1 1 16 0M12 17l4-5",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  bank: "M4 10 12 5l8 5M5 10v8M10 10v8M14 10v8M19 10v8M3.5 20h17",
  cpu: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  settings: "M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6ZM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  "eye-off": "M4 4l16 16M9.5 6.4A9 9 0 0 1 12 6c5.5 0 9 6 9 6a16 16 0 0 1-2.7 3.3M6.5 8A15 15 0 0 0 3 12s3.5 6 9 6a9 9 0 0 0 4-1",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  filter: "M4 6h16M7 12h10M10 18h4",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  pencil: "M5 19l1-4L16 5l3 3L9 18l-4 1Z",
  spark: "M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8L12 4ZM19 16v4M17 18h4",
  "level-ok": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M8.5 12.3l2.4 2.4 4.6-5",
  "level-warn": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5v5.5M12 16.2v.300",
  "level-high": "M12 4 3 20h18L12 4ZM12 10v5M12 17.5v.300",
  "level-bad": "M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7l5-5ZM9.2 9.2l5.6 5.6M14.8 9.2l-5.6 5.6"
} as const

export type IconName = keyof typeof drawings

export const Icon = (props: { readonly name: IconName; readonly class?: string }) => (
  <svg
    class={props.class ?? "size-[1.125rem] flex-none"}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={drawings[props.name]} />
  </svg>
)
