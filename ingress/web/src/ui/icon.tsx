import type { ReactNode } from "react";

const paths = {
  alert: <path d="M12 9v4m0 3.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z" />,
  article: <path d="M7 3h7l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm7 0v5h5M8.5 12.5h7M8.5 16.5h5" />,
  back: <path d="m14 6-6 6 6 6" />,
  bell: <path d="M18 9a6 6 0 1 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9Zm-4.3 11a2 2 0 0 1-3.4 0" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  checks: <path d="m2.5 12.5 4.5 4.5L16 8m-3.5 8.5.5.5L21.5 8" />,
  clock: <path d="M12 7.5V12l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z" />,
  close: <path d="M6.5 6.5l11 11m0-11-11 11" />,
  down: <path d="m6 9.5 6 6 6-6" />,
  external: <path d="M9 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3M13.5 4H20v6.5M20 4l-9 9" />,
  flag: <path d="M5.5 21V4.5s1-.9 3.5-.9 4 1.7 6.5 1.7 3.5-.9 3.5-.9v9.7s-1 .9-3.5.9-4-1.7-6.5-1.7-3.5.9-3.5.9" />,
  home: <path d="m4 11 8-7 8 7v7.5a1.5 1.5 0 0 1-1.5 1.5h-3.8v-5.5H9.3V20H5.5A1.5 1.5 0 0 1 4 18.5Z" />,
  inbox: <path d="M3.5 13h5l1.5 2.5h4l1.5-2.5h5M6 5h12l2.5 8v4.5a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5V13Z" />,
  keyboard: <path d="M4.5 6.5h15A1.5 1.5 0 0 1 21 8v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5ZM7 10v.01M10.3 10v.01M13.7 10v.01M17 10v.01M8 14h8" />,
  logout: <path d="M14 4h3.5A1.5 1.5 0 0 1 19 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M10 8l-4 4 4 4m-4-4h9" />,
  menu: <path d="M4 7h16M4 12h16M4 17h16" />,
  moon: <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />,
  more: <path d="M5.5 12v.01M12 12v.01M18.5 12v.01" strokeWidth="2.6" />,
  person: <path d="M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0" />,
  people: <path d="M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 9a6.5 6.5 0 0 1 13 0M15.5 4.3a3.5 3.5 0 0 1 0 6.4m2.5 3.8a6.5 6.5 0 0 1 3.5 5.5" />,
  plus: <path d="M12 5v14m-7-7h14" />,
  pulse: <path d="M3 12h4l2.5-7 5 14 2.5-7h4" />,
  retry: <path d="M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9m0-5v5h5" />,
  search: <path d="m20 20-4.3-4.3M17.5 11a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z" />,
  send: <path d="M5 12 4 4.5 20.5 12 4 19.5Zm0 0h7" />,
  spark: <path d="M12 3.5 13.9 10l6.6 2-6.6 2-1.9 6.5-1.9-6.5-6.6-2 6.6-2Z" />,
  star: <path d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z" />,
  sun: <path d="M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4" />,
  thumb: <path d="M7.5 20.5h-3V10.5h3m0 10V10.5L11.5 3a2.3 2.3 0 0 1 2.3 2.3V9h4.7a2 2 0 0 1 2 2.3l-1.2 7.5a2 2 0 0 1-2 1.7Z" />,
  ticket: <path d="M4 6.5h16v4a1.7 1.7 0 0 0 0 3.3v4H4v-4a1.7 1.7 0 0 0 0-3.3ZM14.5 6.5v11.3" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

/** A drawing that stands beside words; what stands alone has its words in the control around it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth="1.7"
      viewBox="0 0 24 24"
      width={size}
    >
      {paths[name]}
    </svg>
  );
}
