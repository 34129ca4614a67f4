extension Page {
  /// The style of all pages, light and dark: one accent for what matters, a color for each kind of thing.
  ///
  /// Texts have a contrast of 4.5 at least, marks of 3 (WCAG 2, AA).
  static let style: Markup = """
    :root {
      color-scheme: light dark;
      --paper: #faf9f6; --card: #ffffff; --ink: #1d1c1a; --soft: #6c6862; --line: #e4e0d8; --pale: 0.2;
      --k0: #2f6fde; --k1: #c86a10; --k2: #128577; --k3: #b5479d; --k4: #5c8618; --k5: #cc3d33; --k6: #7458cf; --k7: #77746e;
      --plain: #55606e; --mark: #1d1c1a; --tint: 26%; --most: 50%;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #131417; --card: #1b1d21; --ink: #ebe8e2; --soft: #989389; --line: #2e3036; --pale: 0.24;
        --k0: #6a9cf7; --k1: #f2a54d; --k2: #3fc0af; --k3: #d878c2; --k4: #9cc653; --k5: #ee7a70; --k6: #a48ff0; --k7: #9a968f;
        --plain: #8b96a5; --mark: #ffffff; --tint: 34%; --most: 46%;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
      font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 1140px; margin: 0 auto; padding: 40px 24px 48px; }
    h1 { font-size: clamp(26px, 4.4vw, 40px); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 8px; overflow-wrap: anywhere; }
    h2 { font-size: 17px; letter-spacing: -0.01em; margin: 0 0 4px; }
    h3 { font-size: 13.5px; margin: 0 0 2px; color: var(--soft); font-weight: 600; }
    :focus-visible { outline: 2px solid var(--k0); outline-offset: 2px; }
    .eyebrow { margin: 0 0 4px; color: var(--soft); font-size: 13px; letter-spacing: 0.08em; text-transform: uppercase; }
    .lead { margin: 0 0 14px; color: var(--soft); max-width: 76ch; font-size: 14px; }
    .facts { margin: 0 0 22px; color: var(--soft); overflow-wrap: anywhere; }
    .facts span:not(:last-child)::after { content: "·"; margin: 0 4px 0 8px; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 12px; margin: 0 0 16px; }
    .figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px; min-width: 0; }
    .figures dt { color: var(--soft); font-size: 13px; }
    .figures dd { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
    .figures b { color: var(--ink); font-size: 29px; line-height: 1.25; letter-spacing: -0.02em; font-weight: 650; }
    .figures .note { font-size: 12.5px; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin: 16px 0; min-width: 0; }
    .columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; margin: 16px 0; }
    .columns.three { grid-template-columns: repeat(3, minmax(0, 1fr)); }
    /* Cards of a row end together: the last one of a column takes what is left. */
    .columns > div { display: flex; flex-direction: column; gap: 16px; min-width: 0; }
    .columns section { margin: 0; }
    .columns > div > section:last-child { flex: 1; }
    .columns > div:empty { display: none; }
    .columns > div:only-child { grid-column: 1 / -1; }

    .k0 { --c: var(--k0); } .k1 { --c: var(--k1); } .k2 { --c: var(--k2); } .k3 { --c: var(--k3); }
    .k4 { --c: var(--k4); } .k5 { --c: var(--k5); } .k6 { --c: var(--k6); } .k7 { --c: var(--k7); }
    .plain { --c: var(--plain); }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 0; font-size: 13px; color: var(--soft); }
    .key i, .dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; background: var(--c); margin-right: 7px; }
    .key.hollow i { background: none; border: 2px solid var(--c); border-radius: 50%; }
    .key.round i { border-radius: 50%; }

    .bars { display: grid; grid-template-columns: minmax(0, 1fr) max-content max-content; column-gap: 12px; }
    .bar { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: baseline; padding: 4px 6px; border-radius: 6px; font-size: 13.5px; }
    .bar .label { overflow-wrap: anywhere; }
    .bar .value, .bar .note { white-space: nowrap; text-align: right; }
    .bar .note { grid-column: 1 / -1; font-size: 12.5px; color: var(--soft); text-align: left; white-space: normal; }
    .bar .value.end { grid-column: 2 / 4; }
    .bar .note:empty { display: none; }
    .bar .track { grid-row: 2; grid-column: 1 / -1; align-self: center; height: 7px; margin: 2px 0 3px; border-radius: 4px; background: var(--line); overflow: hidden; }
    .bar .track i { display: block; height: 100%; background: var(--c); border-radius: 4px; }
    @media (min-width: 761px) {
      .bars.narrow { grid-template-columns: fit-content(46%) minmax(40px, 1fr) repeat(3, max-content); column-gap: 10px; }
      .narrow .bar { padding: 2.5px 6px; font-size: 13px; }
      .narrow .bar .track { grid-row: auto; grid-column: auto; margin: 0; }
      .narrow .bar .note { grid-column: auto; text-align: right; white-space: nowrap; display: block; }
    }

    .scroll { overflow-x: auto; margin: 8px -6px 0; padding: 0 6px; }
    table { border-collapse: collapse; width: 100%; font-size: 12.5px; }
    th, td { padding: 5px 7px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: baseline; }
    thead th { vertical-align: bottom; }
    thead th.text { white-space: normal; }
    th.text, td.text { text-align: left; }
    td.text { white-space: normal; min-width: 9ch; overflow-wrap: break-word; }
    td.whole { white-space: nowrap; }
    th button { all: unset; cursor: pointer; color: var(--soft); font-weight: 600; }
    th button:focus-visible { outline: 2px solid var(--k0); }
    th[aria-sort=ascending] button::after { content: " ↑"; }
    th[aria-sort=descending] button::after { content: " ↓"; }
    tr:target, tr.on { background: color-mix(in srgb, var(--k1) 18%, transparent); }
    tr:target { scroll-margin-top: 40vh; }
    .pairs { columns: 3 280px; column-gap: 32px; margin: 10px 0 -18px; }
    .pairs > div { break-inside: avoid; padding-bottom: 18px; }
    .pairs th { color: var(--soft); font-weight: 400; text-align: left; padding-left: 0; width: 1%; }
    .pairs td { text-align: left; white-space: normal; overflow-wrap: anywhere; padding-right: 0; }

    footer { color: var(--soft); font-size: 13.5px; padding: 8px 22px; }
    footer h2 { color: var(--ink); font-size: 15px; }
    footer p { max-width: 90ch; margin: 0 0 8px; }
    .origin { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 18px 0 0; padding-top: 14px; border-top: 1px solid var(--line); font-size: 12.5px; }
    .origin div { display: contents; }
    .origin dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
    .origin code { font: 12px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }

    .bar.on { background: color-mix(in srgb, var(--c) 16%, transparent); }
    .dimmed .seg, .dimmed circle { opacity: 0.16; }
    .dimmed .lit { opacity: 1; }
    #tip {
      position: fixed; z-index: 9; pointer-events: none; max-width: min(440px, 92vw); padding: 9px 12px; border-radius: 8px;
      background: var(--ink); color: var(--paper); font-size: 12.5px; line-height: 1.45; white-space: pre-line;
      overflow-wrap: anywhere; box-shadow: 0 6px 24px rgb(0 0 0 / 0.25);
    }
    #tip::first-line { font-weight: 650; }
    @media (max-width: 760px) {
      main { padding: 24px 12px 32px; }
      section { padding: 16px 14px; }
      .columns, .columns.three { grid-template-columns: minmax(0, 1fr); }
      .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
      .figures div { padding: 10px 12px; }
      .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
      .figures b { font-size: 22px; }
      footer { padding: 8px 14px; }
    }
    \(chartStyle)
    """
}
